import { client } from './client/client.gen.js'
import {
  cancelRun, createBrowserSession, deleteBrowserSession, getRun, getRunsBatch, listBrowserUsage, listRuns, queueRun,
  queueRuns, runAgent, streamRun
} from './client/index.js'
import { listSessionPages } from './session/index.js'

const { TINYFISH_BASE_URL: baseUrl = '', TINYFISH_API_KEY: key = '' } = process.env
client.setConfig({ baseUrl, auth: key })

const request = (goal: string) => ({ goal, url: 'https://shop.example/' })
const headline = (result: unknown) => (result as { headlines: string[] }).headlines[0]
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function get(run_id: string) {
  return (await getRun({ path: { run_id }, throwOnError: true })).data
}

async function waitFor(id: string) {
  let found = await get(id)
  while (['PENDING', 'RUNNING'].includes(found.status)) {
    await pause(20)
    found = await get(id)
  }
  return `${found.status} ${headline(found.result)}`
}

async function queue(goal: string) {
  const { data } = await queueRun({ body: request(goal), throwOnError: true })
  return data.run_id ?? ''
}

// The generated client streams events. Only one attempt is allowed, otherwise a broken stream starts the run again.
// With one attempt, a broken stream just ends, so check for COMPLETE.
async function events(goal: string) {
  const { stream } = await streamRun({ body: request(goal), sseMaxRetryAttempts: 1 })
  return stream
}

const failure = ({ error, response }: { error?: unknown; response?: Response }) =>
  `${response?.status} ${(error as { error: { code: string } }).error.code}`

const tasks: Record<string, () => Promise<unknown>> = {
  run: async () => {
    const { data } = await runAgent({ body: request('headlines'), throwOnError: true })
    return `${data.status} ${headline(data.result)}`
  },
  poll: async () => waitFor(await queue('headlines')),
  list: async () => {
    let seen = 0
    let cursor: string | undefined
    for (;;) {
      const { data: page } = await listRuns({ query: { limit: 2, cursor }, throwOnError: true })
      seen += page.data.length
      if (!page.pagination.has_more) return seen
      cursor = page.pagination.next_cursor ?? undefined
    }
  },
  batch: async () => {
    const runs = [request('headlines'), request('headlines')]
    const ids = (await queueRuns({ body: { runs }, throwOnError: true })).data.run_ids ?? []
    const { data: found } = await getRunsBatch({ body: { run_ids: [...ids, 'unknown'] }, throwOnError: true })
    return `${found.data.length} found, ${found.not_found?.length} not`
  },
  cancel: async () => (await cancelRun({ path: { run_id: await queue('endless') } })).data?.status,
  session: async () => {
    const { session_id } = (await createBrowserSession({ body: { timeout_seconds: 60 }, throwOnError: true })).data
    const { data: usage } = await listBrowserUsage({ query: { session_id }, throwOnError: true })
    await deleteBrowserSession({ path: { session_id }, throwOnError: true })
    return `${usage.items.length} in use, deleted`
  },
  pages: async () => {
    const { data: session } = await createBrowserSession({ throwOnError: true })
    return (await listSessionPages({ baseUrl: session.base_url })).data?.[0]?.url
  },
  events: async () => {
    const types: string[] = []
    for await (const event of await events('headlines')) types.push(event.type)
    return types.join(' ')
  },
  'broken-stream': async () => {
    let id = ''
    for await (const event of await events('headlines')) {
      if (event.type === 'STARTED') id = event.run_id
      if (event.type === 'COMPLETE') return 'the stream did not break'
    }
    return waitFor(id) // the run goes on
  },
  'lost-answer': () => queue('headlines').catch(() => 'error'),
  'error-400': async () => {
    const body = { ...request('headlines'), proxy_config: { enabled: true, type: 'custom' } as const }
    return failure(await queueRun({ body }))
  },
  'error-401': async () => failure(await listRuns()),
  'error-404': async () => failure(await getRun({ path: { run_id: 'unknown' } })),
  'unknown-status': async () => (await get('any')).status,
  'unknown-field': async () => (await get('any')).status,
  'list-result': async () => ((await runAgent({ body: request('list') })).data?.result as string[]).join(',')
}

console.log(await tasks[process.argv[2] ?? '']?.())
