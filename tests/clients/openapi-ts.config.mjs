// Of @hey-api/openapi-ts. Node.js wants the extension in an import.
export default { input: process.env.DOCUMENT, output: { path: "made_by_hey_api", importFileExtension: ".js" } };
