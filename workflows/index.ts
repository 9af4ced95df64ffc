// The bundle's entry: names every workflow, nothing else.

export { trainPipeline } from './train-pipeline.ts';
