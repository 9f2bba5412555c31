// Sends one message with Nodemailer: node send.js PORT USER PASSWORD FROM TO FILE
const fs = require("fs");
const path = require("path");
const nodemailer = require(path.join(process.cwd(), ".interop/node_modules/nodemailer"));
const [port, user, pass, from, to, file] = process.argv.slice(2);
const transport = nodemailer.createTransport({
  host: "127.0.0.1", port: Number(port), requireTLS: true,
  tls: { rejectUnauthorized: false }, auth: { user, pass },
});
transport.sendMail({ envelope: { from, to: [to] }, raw: fs.readFileSync(file) })
  .then((info) => { console.log(info.response); })
  .catch((problem) => { console.log(problem.response || String(problem)); process.exit(1); });
