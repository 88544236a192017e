/** The part of hcloud-js 1.4.1 that the adapter uses; the package ships no types. */
declare module 'hcloud-js' {
  import type { AxiosInstance } from 'axios';

  interface RequestConfig {
    readonly url: string;
    readonly method: string;
    readonly params?: Readonly<Record<string, unknown>>;
    readonly data?: unknown;
  }

  /** Endpoints use only `axios` of their client, and read it at call time, so it can be replaced. */
  export type Send = (config: RequestConfig) => Promise<{ readonly data: unknown }>;

  interface ClientOptions {
    readonly token: string;
    readonly baseURL: string;
    readonly timeout: number;
    readonly proxy: false;
  }

  export class Client {
    constructor(options: ClientOptions);
    axios: AxiosInstance | Send;
    readonly locations: { list(params?: Readonly<Record<string, unknown>>): Promise<unknown> };
    readonly servers: {
      delete(id: number): Promise<unknown>;
      readonly actions: { powerOn(id: number): Promise<unknown> };
    };
    readonly sshKeys: { delete(id: number): Promise<void> };
  }

  const hcloud: { readonly Client: typeof Client };
  export default hcloud;
}
