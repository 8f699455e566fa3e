<?php

require __DIR__ . '/autoload.php';

use TinyFish\Api\{AgentApi, BrowserApi, RunsApi};
use TinyFish\{ApiException, Configuration};
use TinyFish\Model\{AgentRunBatchRequest, AgentRunRequest, BatchRunItem, BrowserSessionRequest, ProxyConfig, ProxyType, RunIdsRequest};

$config = (new Configuration())->setHost(getenv('TINYFISH_BASE_URL'))->setApiKey('X-API-Key', getenv('TINYFISH_API_KEY'));
$http = new GuzzleHttp\Client();
$agent = new AgentApi($http, $config);
$runs = new RunsApi($http, $config);
$browser = new BrowserApi($http, $config);

function request(string $goal, array $more = []): AgentRunRequest
{
    return new AgentRunRequest(['goal' => $goal, 'url' => 'https://shop.example/', ...$more]);
}

function wait_for(RunsApi $runs, string $id): string
{
    do {
        $run = $runs->getRun($id);
        usleep(20_000);
    } while (in_array($run->getStatus(), ['PENDING', 'RUNNING'], true));
    return "{$run->getStatus()} {$run->getResult()->headlines[0]}";
}

// The code for events: the generated streamRun reads the whole stream first.
function events(string $goal): Generator
{
    $response = (new GuzzleHttp\Client(['base_uri' => getenv('TINYFISH_BASE_URL')]))->post('/v1/automation/run-sse', [
        'headers' => ['X-API-Key' => getenv('TINYFISH_API_KEY'), 'Accept' => 'text/event-stream'],
        'json' => ['goal' => $goal, 'url' => 'https://shop.example/'],
        'stream' => true,
        'read_timeout' => 60,
    ]);
    $body = $response->getBody();
    while (!$body->eof()) {
        $line = rtrim(GuzzleHttp\Psr7\Utils::readLine($body));
        if (str_starts_with($line, 'data:')) {
            yield json_decode(substr($line, 5));
        }
    }
}

function error(callable $call): string
{
    try {
        $call();
    } catch (ApiException $error) {
        return "{$error->getCode()} {$error->getResponseObject()->getError()->getCode()}";
    }
    return 'no error';
}

echo match ($argv[1]) {
    'run' => (function () use ($agent) {
        $run = $agent->runAgent(request('headlines'));
        return "{$run->getStatus()} {$run->getResult()->headlines[0]}";
    })(),
    'poll' => wait_for($runs, $agent->queueRun(request('headlines'))->getRunId()),
    'list' => (function () use ($runs) {
        $seen = 0;
        $cursor = null;
        do {
            $page = $runs->listRuns(cursor: $cursor, limit: 2);
            $seen += count($page->getData());
            $cursor = $page->getPagination()->getNextCursor();
        } while ($page->getPagination()->getHasMore());
        return $seen;
    })(),
    'batch' => (function () use ($agent, $runs) {
        $item = new BatchRunItem(['goal' => 'headlines', 'url' => 'https://shop.example/']);
        $ids = $agent->queueRuns(new AgentRunBatchRequest(['runs' => [$item, $item]]))->getRunIds();
        $found = $runs->getRunsBatch(new RunIdsRequest(['run_ids' => [...$ids, 'unknown']]));
        return count($found->getData()) . ' found, ' . count($found->getNotFound()) . ' not';
    })(),
    'cancel' => $runs->cancelRun($agent->queueRun(request('endless'))->getRunId())->getStatus(),
    'session' => (function () use ($browser) {
        $session = $browser->createBrowserSession(new BrowserSessionRequest(['timeout_seconds' => 60]));
        $usage = $browser->listBrowserUsage($session->getSessionId());
        $browser->deleteBrowserSession($session->getSessionId());
        return count($usage->getItems()) . ' in use, deleted';
    })(),
    'pages' => (function () use ($browser, $http) {
        $session = $browser->createBrowserSession();
        $host = (new TinyFishSession\Configuration())->setHost($session->getBaseUrl());
        return (new TinyFishSession\Api\SessionApi($http, $host))->listSessionPages()[0]->getUrl();
    })(),
    'events' => implode(' ', array_map(fn ($event) => $event->type, iterator_to_array(events('headlines'), false))),
    'broken-stream' => (function () use ($runs) {
        try {
            foreach (events('headlines') as $event) {
                $id = $event->run_id ?? $id;
            }
        } catch (RuntimeException) {
            // The run goes on: poll it.
        }
        return wait_for($runs, $id);
    })(),
    'lost-answer' => (function () use ($agent) {
        try {
            return $agent->queueRun(request('headlines'))->getRunId();
        } catch (ApiException) {
            return 'error';
        }
    })(),
    'error-400' => error(fn () => $agent->queueRun(
        request('headlines', ['proxy_config' => new ProxyConfig(['enabled' => true, 'type' => ProxyType::CUSTOM])])
    )),
    'error-401' => error(fn () => $runs->listRuns()),
    'error-404' => error(fn () => $runs->getRun('unknown')),
    'unknown-status', 'unknown-field' => $runs->getRun('any')->getStatus(),
    'list-result' => implode(',', $agent->runAgent(request('list'))->getResult()),
}, "\n";
