// Calls of the service by the types that openapi-typescript makes, as openapi-fetch uses them.
import createClient from "openapi-fetch";
import type { components, paths } from "./made_by_openapi_typescript.js";

const client = createClient<paths>({
  baseUrl: process.env.ADDRESS!,
  headers: { Authorization: `Bearer ${process.env.KEY}` },
});

const spec: components["schemas"]["JobSpec"] = {
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
const mistaken: components["schemas"]["Dense"] = { type: "Dense", units: -1, kernel_initializer: "Zeroes" };

const created = await client.POST("/v1/jobs", { body: spec });
if (!created.data || !("id" in created.data) || created.data.id === null) throw new Error(JSON.stringify(created.error));
const path = { job_id: created.data.id };
const read = await client.GET("/v1/jobs/{job_id}", { params: { path } });
const listed = await client.GET("/v1/jobs", { params: { query: { name: process.env.NAME!, limit: 5 } } });
const refused = await client.POST("/v1/jobs", {
  body: { ...spec, network: { layers: [mistaken] } },
});
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
