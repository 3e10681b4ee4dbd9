// Calls of the service by the client that @hey-api/openapi-ts makes.
import { client } from "./made_by_hey_api/client.gen.js";
import { createJob, listJobs, readJob } from "./made_by_hey_api/sdk.gen.js";
import type { Dense, JobSpec } from "./made_by_hey_api/types.gen.js";

client.setConfig({ baseUrl: process.env.ADDRESS!, auth: process.env.KEY! });

const spec: JobSpec = {
  name: process.env.NAME!,
  dataset: "digits",
  network: {
    layers: [
      { type: "Flatten" },
      { type: "Dense", units: 8, activation: "relu", kernel_initializer: "HeNormal", kernel_regularizer: "l2" },
      { type: "Dense", units: 10, activation: "softmax", bias_initializer: "zeros" },
    ],
  },
  training: { loss: "sparse_categorical_crossentropy", optimizer: "Adam", metrics: ["accuracy"], epochs: 1 },
};

// @ts-expect-error -- without what tells layers apart
spec.network.layers.push({ units: 1 });
spec.network.layers.pop();
// @ts-expect-error -- a name that is none
const mistaken: Dense = { type: "Dense", units: -1, kernel_initializer: "Zeroes" };

const created = await createJob({ body: spec });
if (!created.data || !("id" in created.data) || created.data.id === null) throw new Error(JSON.stringify(created.error));
const read = await readJob({ path: { job_id: created.data.id } });
const listed = await listJobs({ query: { name: process.env.NAME!, limit: 5 } });
const refused = await createJob({ body: { ...spec, network: { layers: [mistaken] } } });
const firstLayer = read.data?.spec.network.layers[1];
console.log(
  JSON.stringify({
    created: created.data.id,
    read: read.data?.id,
    initializer: firstLayer?.type === "Dense" ? firstLayer.kernel_initializer : null,
    listed: listed.data?.data.map((job) => job.id),
    refused: refused.error?.code,
    pointers: refused.error?.errors?.map((error) => error.pointer),
  }),
);
