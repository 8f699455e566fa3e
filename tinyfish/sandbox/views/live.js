// The steps and the screen of a run that goes on; when it ends, the page is loaded again, with the outcome.
const at = id => document.getElementById(id)
const here = location.pathname

function addStep(action, timestamp) {
  const item = document.createElement("li")
  const text = Object.assign(document.createElement("span"), { className: "action", textContent: action })
  const time = Object.assign(document.createElement("span"), { className: "soft", textContent: timestamp.slice(11, 19) })
  item.append(text, " ", time)
  at("steps").append(item)
}

let past = at("steps").childElementCount
const events = new EventSource(`${here}/events`)
events.onmessage = message => {
  const event = JSON.parse(message.data)
  if (event.type === "STREAMING_URL") {
    const status = document.querySelector("h1 .status")
    status.textContent = "RUNNING"
    status.className = "status RUNNING"
  }
  // The stream begins with what the page has already.
  if (event.type === "PROGRESS" && past-- <= 0) addStep(event.purpose, event.timestamp)
  if (event.type === "COMPLETE") { events.close(); location.reload() }
}
const screen = new WebSocket(`${location.origin.replace("http", "ws")}${here}/screen`)
screen.binaryType = "blob"
screen.onmessage = message => {
  const before = at("screen").src
  at("screen").src = URL.createObjectURL(message.data)
  document.querySelector("figure").classList.remove("empty")
  if (before.startsWith("blob:")) URL.revokeObjectURL(before)
}
