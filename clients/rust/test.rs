use std::{env, error::Error as StdError, time::Duration};

use serde_json::{json, Value};
use tinyfish::apis::{agent_api, browser_api, configuration, runs_api, Error};
use tinyfish::models::{AgentRunBatchRequest, AgentRunRequest, BatchRunItem, BrowserSessionRequest, ProxyConfig, ProxyType, RunIdsRequest};

type Outcome = Result<String, Box<dyn StdError>>;

fn request(goal: &str) -> AgentRunRequest {
    AgentRunRequest::new("https://shop.example/".into(), goal.into())
}

fn headline(status: &str, result: Option<Option<Value>>) -> String {
    let result = result.flatten().unwrap_or_default();
    format!("{} {}", status, result["headlines"][0].as_str().unwrap_or("?"))
}

async fn wait_for(config: &configuration::Configuration, id: &str) -> Outcome {
    loop {
        let run = runs_api::get_run(config, id, None).await?;
        if run.status != "PENDING" && run.status != "RUNNING" {
            return Ok(headline(&run.status, run.result));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn queue(config: &configuration::Configuration, goal: &str) -> Outcome {
    Ok(agent_api::queue_run(config, request(goal)).await?.run_id.ok_or("not queued")?)
}

// The code for events: the generated stream_run reads the whole stream first.
async fn events(config: &configuration::Configuration, goal: &str, mut each: impl FnMut(Value)) -> Result<(), reqwest::Error> {
    let body = json!({"goal": goal, "url": "https://shop.example/"});
    let post = config.client.post(format!("{}/v1/automation/run-sse", config.base_path));
    let key = &config.api_key.as_ref().unwrap().key;
    let mut response = post.header("X-API-Key", key).json(&body).send().await?.error_for_status()?;
    let mut rest = Vec::new();
    while let Some(part) = response.chunk().await? {
        rest.extend_from_slice(&part);
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = rest.drain(..=end).collect();
            if let Some(data) = line.strip_prefix(b"data:") {
                each(serde_json::from_slice(data).unwrap());
            }
        }
    }
    Ok(())
}

fn failure<T: std::fmt::Debug, E>(outcome: Result<T, Error<E>>) -> String {
    match outcome {
        Err(Error::ResponseError(answer)) => {
            let body: Value = serde_json::from_str(&answer.content).unwrap();
            format!("{} {}", answer.status.as_u16(), body["error"]["code"].as_str().unwrap())
        }
        _ => "no error".into(),
    }
}

async fn task(name: &str, config: &configuration::Configuration) -> Outcome {
    match name {
        "run" => {
            let run = agent_api::run_agent(config, request("headlines")).await?;
            Ok(headline(&run.status, run.result))
        }
        "poll" => wait_for(config, &queue(config, "headlines").await?).await,
        "list" => {
            let (mut seen, mut cursor) = (0, None::<String>);
            loop {
                let page =
                    runs_api::list_runs(config, None, None, None, None, None, cursor.as_deref(), Some(2)).await?;
                seen += page.data.len();
                if !page.pagination.has_more {
                    return Ok(seen.to_string());
                }
                cursor = page.pagination.next_cursor.flatten();
            }
        }
        "batch" => {
            let item = BatchRunItem::new("https://shop.example/".into(), "headlines".into());
            let batch = AgentRunBatchRequest::new(vec![item.clone(), item]);
            let mut ids = agent_api::queue_runs(config, batch).await?.run_ids.ok_or("not queued")?;
            ids.push("unknown".into());
            let found = runs_api::get_runs_batch(config, RunIdsRequest::new(ids)).await?;
            let missing = found.not_found.flatten().unwrap_or_default();
            Ok(format!("{} found, {} not", found.data.len(), missing.len()))
        }
        "cancel" => Ok(runs_api::cancel_run(config, &queue(config, "endless").await?).await?.status),
        "session" => {
            let mut asked = BrowserSessionRequest::new();
            asked.timeout_seconds = Some(60);
            let id = browser_api::create_browser_session(config, Some(asked)).await?.session_id;
            let usage = browser_api::list_browser_usage(config, Some(&id), None, None, None, None, None).await?;
            browser_api::delete_browser_session(config, &id).await?;
            Ok(format!("{} in use, deleted", usage.items.len()))
        }
        "pages" => {
            let made = browser_api::create_browser_session(config, Some(BrowserSessionRequest::new())).await?;
            let host = session::apis::configuration::Configuration { base_path: made.base_url, ..Default::default() };
            let pages = session::apis::session_api::list_session_pages(&host).await?;
            Ok(pages[0].url.clone().unwrap_or_default())
        }
        "events" => {
            let mut types = Vec::new();
            events(config, "headlines", |event| types.push(event["type"].as_str().unwrap().to_owned())).await?;
            Ok(types.join(" "))
        }
        "broken-stream" => {
            let mut ids = Vec::new();
            match events(config, "headlines", |event| ids.push(event["run_id"].as_str().unwrap_or("").to_owned())).await {
                Ok(()) => Ok("the stream did not break".into()),
                Err(_) => wait_for(config, &ids[0]).await, // the run goes on
            }
        }
        "lost-answer" => Ok(queue(config, "headlines").await.unwrap_or_else(|_| "error".into())),
        "error-400" => {
            let mut wrong = request("headlines");
            let proxy = ProxyConfig { r#type: Some(ProxyType::Custom), ..ProxyConfig::new(true) };
            wrong.proxy_config = Some(Box::new(proxy));
            Ok(failure(agent_api::queue_run(config, wrong).await))
        }
        "error-401" => Ok(failure(runs_api::list_runs(config, None, None, None, None, None, None, None).await)),
        "error-404" => Ok(failure(runs_api::get_run(config, "unknown", None).await)),
        "unknown-status" | "unknown-field" => Ok(runs_api::get_run(config, "any", None).await?.status),
        "list-result" => {
            let run = agent_api::run_agent(config, request("list")).await?;
            let items: Vec<String> = serde_json::from_value(run.result.flatten().ok_or("no result")?)?;
            Ok(items.join(","))
        }
        _ => Err(name.into()),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn StdError>> {
    let config = configuration::Configuration {
        base_path: env::var("TINYFISH_BASE_URL")?,
        api_key: Some(configuration::ApiKey { prefix: None, key: env::var("TINYFISH_API_KEY")? }),
        ..Default::default()
    };
    println!("{}", task(&env::args().nth(1).unwrap_or_default(), &config).await?);
    Ok(())
}
