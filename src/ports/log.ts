export type LogFields = Readonly<Record<string, unknown>>;

/** Structured log: a constant message with fields. `child` carries ids (`pass`, `run`, `resource`, `commit`) into every line. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  child(fields: LogFields): Log;
}
