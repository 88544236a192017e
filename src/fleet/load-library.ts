import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Loads a pure library synchronously at its first use: most commands need none of them, and an import would load them at every start. */
export function loadLibrary<T>(name: string): T {
  return require(name) as T;
}
