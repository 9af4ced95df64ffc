declare module '*.wasm' {
  /** Where the bundler put the file, relative to the script. */
  const path: string;
  export default path;
}
