import createClient from 'openapi-fetch'
import type { components, paths } from './client.js'
import type { paths as sessionPaths } from './session.js'

const { TINYFISH_BASE_URL: baseUrl = '', TINYFISH_API_KEY: key = '' } = process.env
const headers = { 'X-API-Key': key }
const client = createClient<paths>({ baseUrl, headers })

type Event = components['schemas']['AgentRunEvent']
type Answer<T> = { data?: T; error?: components['schemas']['ErrorResponse']; response: Response }

const request = (goal: string) => ({ goal, url: 'https://shop.example/' })
const headline = (result: unknown) => (result as { headlines: string[] }).headlines[0]
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

function sure<T>(data: T | undefined | null): T {
  if (data == null) throw new Error('no data')
  return data
}

async function getRun(run_id: string) {
  return sure((await client.GET('/v1/runs/{run_id}', { params: { path: { run_id } } })).data)
}

async function waitFor(id: string) {
  let run = await getRun(id)
  while (['PENDING', 'RUNNING'].includes(run.status)) {
    await pause(20)
    run = await getRun(id)
  }
  return `${run.status} ${headline(run.result)}`
}

async function queue(goal: string) {
  const { data } = await client.POST('/v1/automation/run-async', { body: request(goal) })
  return sure(data?.run_id)
}

// The code for events: `parseAs: 'stream'` returns a stream.
async function* events(goal: string): AsyncGenerator<Event> {
  const { data } = await client.POST('/v1/automation/run-sse', { body: request(goal), parseAs: 'stream' })
  const texts = sure(data as ReadableStream<Uint8Array> | null | undefined).pipeThrough(new TextDecoderStream() as never)
  let rest = ''
  for await (const text of texts as unknown as AsyncIterable<string>) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.startsWith('data:')) yield JSON.parse(line.slice(5))
  }
}

const failure = <T>({ error, response }: Answer<T>) => `${response.status} ${error?.error.code}`

const tasks: Record<string, () => Promise<unknown>> = {
  run: async () => {
    const run = sure((await client.POST('/v1/automation/run', { body: request('headlines') })).data)
    return `${run.status} ${headline(run.result)}`
  },
  poll: async () => waitFor(await queue('headlines')),
  list: async () => {
    let seen = 0
    let cursor: string | undefined
    for (;;) {
      const page = sure((await client.GET('/v1/runs', { params: { query: { limit: 2, cursor } } })).data)
      seen += page.data.length
      if (!page.pagination.has_more) return seen
      cursor = page.pagination.next_cursor ?? undefined
    }
  },
  batch: async () => {
    const runs = [request('headlines'), request('headlines')]
    const ids = sure((await client.POST('/v1/automation/run-batch', { body: { runs } })).data?.run_ids)
    const found = sure((await client.POST('/v1/runs/batch', { body: { run_ids: [...ids, 'unknown'] } })).data)
    return `${found.data.length} found, ${found.not_found?.length} not`
  },
  cancel: async () => {
    const path = { run_id: await queue('endless') }
    return (await client.POST('/v1/runs/{run_id}/cancel', { params: { path } })).data?.status
  },
  session: async () => {
    const { session_id } = sure((await client.POST('/v1/browser', { body: { timeout_seconds: 60 } })).data)
    const usage = sure((await client.GET('/v1/browser/usage', { params: { query: { session_id } } })).data)
    const { response } = await client.DELETE('/v1/browser/{session_id}', { params: { path: { session_id } } })
    return `${usage.items.length} in use, ${response.ok ? 'deleted' : 'not deleted'}`
  },
  pages: async () => {
    const session = sure((await client.POST('/v1/browser', {})).data)
    const host = createClient<sessionPaths>({ baseUrl: session.base_url })
    return (await host.GET('/pages')).data?.[0]?.url
  },
  events: async () => {
    const types: string[] = []
    for await (const event of events('headlines')) types.push(event.type)
    return types.join(' ')
  },
  'broken-stream': async () => {
    let id = ''
    try {
      for await (const event of events('headlines')) if (event.type === 'STARTED') id = event.run_id
    } catch {
      return waitFor(id) // the run goes on
    }
    return 'the stream did not break'
  },
  'lost-answer': () => queue('headlines').catch(() => 'error'),
  'error-400': async () => {
    const body = { ...request('headlines'), proxy_config: { enabled: true, type: 'custom' } as const }
    return failure(await client.POST('/v1/automation/run-async', { body }))
  },
  'error-401': async () => failure(await client.GET('/v1/runs')),
  'error-404': async () =>
    failure(await client.GET('/v1/runs/{run_id}', { params: { path: { run_id: 'unknown' } } })),
  'unknown-status': async () => (await getRun('any')).status,
  'unknown-field': async () => (await getRun('any')).status,
  'list-result': async () => {
    const { data } = await client.POST('/v1/automation/run', { body: request('list') })
    return (data?.result as string[]).join(',')
  }
}

console.log(await tasks[process.argv[2] ?? '']?.())
