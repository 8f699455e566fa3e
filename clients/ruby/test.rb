require 'json'
require 'net/http'
require 'tinyfish_client'
require 'tinyfish_session'

BASE = URI(ENV.fetch('TINYFISH_BASE_URL'))
KEY = ENV.fetch('TINYFISH_API_KEY')

TinyfishClient.configure do |config|
  config.scheme = BASE.scheme
  config.host = "#{BASE.host}:#{BASE.port}"
  config.server_index = nil # or the host above is not used
  config.api_key['X-API-Key'] = KEY
end
AGENT = TinyfishClient::AgentApi.new
RUNS = TinyfishClient::RunsApi.new
BROWSER = TinyfishClient::BrowserApi.new

def request(goal, **more)
  TinyfishClient::AgentRunRequest.new(goal: goal, url: 'https://shop.example/', **more)
end

def wait_for(id)
  sleep 0.02 while %w[PENDING RUNNING].include?((run = RUNS.get_run(id)).status)
  "#{run.status} #{run.result[:headlines][0]}"
end

# The code for events: the generated stream_run reads the whole stream first.
def events(goal)
  post = Net::HTTP::Post.new('/v1/automation/run-sse', 'X-API-Key' => KEY, 'Content-Type' => 'application/json')
  post.body = { goal: goal, url: 'https://shop.example/' }.to_json
  # Net::HTTP doesn't retry POST requests by default; this makes it explicit.
  Net::HTTP.start(BASE.host, BASE.port, use_ssl: BASE.scheme == 'https', max_retries: 0) do |http|
    rest = +''
    http.request(post) do |response|
      response.read_body do |part|
        rest << part
        while (line = rest.slice!(/\A.*\n/))
          yield JSON.parse(line.delete_prefix('data:')) if line.start_with?('data:')
        end
      end
    end
  end
end

def error
  yield
  'no error'
rescue TinyfishClient::ApiError => e
  "#{e.code} #{JSON.parse(e.response_body)['error']['code']}"
end

TASKS = {
  'run' => lambda {
    run = AGENT.run_agent(request('headlines'))
    "#{run.status} #{run.result[:headlines][0]}"
  },
  'poll' => -> { wait_for(AGENT.queue_run(request('headlines')).run_id) },
  'list' => lambda {
    seen = 0
    cursor = nil
    loop do
      page = RUNS.list_runs({ limit: 2, cursor: cursor }.compact)
      seen += page.data.size
      cursor = page.pagination.next_cursor
      break unless page.pagination.has_more
    end
    seen
  },
  'batch' => lambda {
    item = TinyfishClient::BatchRunItem.new(goal: 'headlines', url: 'https://shop.example/')
    ids = AGENT.queue_runs(TinyfishClient::AgentRunBatchRequest.new(runs: [item, item])).run_ids
    found = RUNS.get_runs_batch(TinyfishClient::RunIdsRequest.new(run_ids: [*ids, 'unknown']))
    "#{found.data.size} found, #{found.not_found.size} not"
  },
  'cancel' => -> { RUNS.cancel_run(AGENT.queue_run(request('endless')).run_id).status },
  'session' => lambda {
    session = BROWSER.create_browser_session(browser_session_request: { timeout_seconds: 60 })
    usage = BROWSER.list_browser_usage(session_id: session.session_id)
    BROWSER.delete_browser_session(session.session_id)
    "#{usage.items.size} in use, deleted"
  },
  'pages' => lambda {
    host = URI(BROWSER.create_browser_session.base_url)
    config = TinyfishSession::Configuration.new
    config.scheme = host.scheme
    config.host = "#{host.host}:#{host.port}"
    config.base_path = host.path
    config.server_index = nil
    TinyfishSession::SessionApi.new(TinyfishSession::ApiClient.new(config)).list_session_pages[0].url
  },
  'events' => -> { [].tap { |types| events('headlines') { |event| types << event['type'] } }.join(' ') },
  'broken-stream' => lambda {
    id = nil
    begin
      events('headlines') { |event| id ||= event['run_id'] }
    rescue IOError, SystemCallError
      # The run goes on: poll it.
    end
    wait_for(id)
  },
  'lost-answer' => lambda {
    begin
      AGENT.queue_run(request('headlines')).run_id
    rescue TinyfishClient::ApiError
      'error'
    end
  },
  'error-400' => lambda do
    proxy = TinyfishClient::ProxyConfig.new(enabled: true, type: TinyfishClient::ProxyType::CUSTOM)
    error { AGENT.queue_run(request('headlines', proxy_config: proxy)) }
  end,
  'error-401' => -> { error { RUNS.list_runs } },
  'error-404' => -> { error { RUNS.get_run('unknown') } },
  'unknown-status' => -> { RUNS.get_run('any').status },
  'unknown-field' => -> { RUNS.get_run('any').status },
  'list-result' => -> { AGENT.run_agent(request('list')).result.join(',') }
}.freeze

puts TASKS.fetch(ARGV[0]).call
