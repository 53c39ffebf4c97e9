// node check.mjs FOLDER DOCUMENT: what AsyncAPI's own parser, installed in FOLDER, says of a document, as JSON.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const [folder, path] = process.argv.slice(2);
const { Parser } = createRequire(`${folder}/package.json`)("@asyncapi/parser");
const { document, diagnostics } = await new Parser().parse(await readFile(path, "utf8"));
console.log(
  JSON.stringify({
    version: document?.version() ?? null,
    channels: document?.channels().all().map((channel) => channel.address()) ?? [],
    messages: document?.messages().all().map((message) => message.name()) ?? [],
    operations: document?.operations().all().map((operation) => operation.id()) ?? [],
    diagnostics: diagnostics.map(({ code, severity, message, path }) => ({ code, severity, message, path })),
  }),
);
