/** How to reach a machine; host keys are pinned, and no connection is made to a machine without one. */
export interface MachineAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Acceptable host keys, `ssh-ed25519 AAAA…`. */
  readonly hostKeys: readonly string[];
}

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}

export interface CommandOptions {
  /** Text for the command's standard input. */
  readonly input?: string;
  readonly timeoutMs: number;
  /** Output over this many bytes is an error (PL4025); default 4 MiB. */
  readonly maxOutputBytes?: number;
  readonly signal?: AbortSignal;
}

export interface StreamOptions {
  /** `inherit` is standard input of this process. Nothing is read before the command has started. */
  readonly stdin: NodeJS.ReadableStream | 'inherit';
  /** Both are left open. The command is ended when the reader closes the stream. */
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Commands on machines over SSH, through one kept connection per machine. Errors: PL4020 unreachable, PL4021 host key, PL4022 key
 * refused, PL3014 timeout. A non-zero exit code is a result, not an error.
 */
export interface MachineShell {
  /** `argv` is quoted for the remote shell word by word. */
  run(address: MachineAddress, argv: readonly string[], options: CommandOptions): Promise<CommandResult>;
  /**
   * Runs a command between streams, with constant memory for any amount of data; returns its exit code, 141 when its output was closed.
   * Errors as for `run`.
   */
  stream(address: MachineAddress, argv: readonly string[], options: StreamOptions): Promise<number>;
  /** Waits until SSH answers with the pinned key. Throws PL4020 after `timeoutMs`. */
  waitUntilReachable(
    address: MachineAddress,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<void>;
  /** Runs a command with this process's terminal attached (for `wp`); returns its exit code. */
  interactive(address: MachineAddress, argv: readonly string[]): Promise<number>;
  /** The key pair that Pressluft logs in with: OpenSSH public key and the path of the private one. */
  identity(): Promise<{ readonly publicKey: string; readonly privateKeyPath: string }>;
  /** A new ed25519 key pair in OpenSSH form, for the host key of a machine that is about to be created. */
  generateHostKey(): Promise<{ readonly publicKey: string; readonly privateKey: string }>;
  /** Files and options with which another SSH client (Ansible) reaches the machine over the same connection. */
  clientOptions(address: MachineAddress): Promise<readonly string[]>;
  close(): Promise<void>;
}
