// The shop's door: plain Node, without a package.
const http = require("node:http");
const MODE = process.env.MODE || "good";
if (MODE === "crash") { console.error("boom: no database"); process.exit(3); }

function ask(base, path, method = "GET", body = null) {
  return new Promise((good, bad) => {
    const asked = http.request(new URL(path, base), { method, headers: { "content-type": "application/json" } }, (answer) => {
      let text = "";
      answer.on("data", (piece) => (text += piece));
      answer.on("end", () => good({ status: answer.statusCode, text }));
      answer.on("error", bad);
    });
    asked.on("error", bad);
    asked.end(body);
  });
}

async function answerTo(request) {
  if (request.url === "/livez" || request.url === "/readyz") return { status: 200, text: "{}" };
  if (MODE === "wrong") return { status: 200, text: "{}" };
  if (request.url === "/") return ask(process.env.CATALOG_URL, "/items");
  const item = request.url.match(/^\/buy\/([a-z]+)$/);
  if (item && request.method === "POST") {
    return ask(process.env.ORDERS_URL, "/orders", "POST", JSON.stringify({ item: item[1] }));
  }
  return { status: 404, text: "{}" };
}

const server = http.createServer(async (request, response) => {
  let answer;
  try { answer = await answerTo(request); } catch (error) { answer = { status: 502, text: JSON.stringify({ error: String(error) }) }; }
  response.writeHead(answer.status, { "content-type": "application/json" });
  response.end(answer.text);
});
server.listen(Number(process.env.PORT), process.env.HOST);
process.on("SIGTERM", () => server.close(() => process.exit(0)));
