/** Error codes of replies, with the HTTP status that Hetzner documents for them (docs.hetzner.cloud, "Error Codes"). */
export const errorStatus = {
  json_error: 400,
  unauthorized: 401,
  token_readonly: 401,
  forbidden: 403,
  maintenance: 403,
  resource_limit_exceeded: 403,
  not_found: 404,
  firewall_resource_not_found: 404,
  method_not_allowed: 405,
  uniqueness_error: 409,
  conflict: 409,
  deprecated_api_endpoint: 410,
  resource_unavailable: 412,
  invalid_input: 422,
  service_error: 422,
  unsupported_error: 422,
  resource_in_use: 422,
  firewall_already_applied: 422,
  firewall_managed_by_label_selector: 422,
  server_already_added: 422,
  server_not_stopped: 422,
  invalid_server_type: 422,
  placement_error: 422,
  locked: 423,
  protected: 423,
  rate_limit_exceeded: 429,
  server_error: 500,
  bad_gateway: 502,
  unavailable: 503,
  timeout: 504,
} as const;

export type ApiErrorCode = keyof typeof errorStatus;

/** An error reply in the provider's format; rendered as `{error: {code, message, details}}`. */
export class ApiError extends Error {
  readonly code: ApiErrorCode;
  readonly status: number;
  readonly details: object | null;

  constructor(code: ApiErrorCode, message: string, details: object | null = null) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.status = errorStatus[code];
    this.details = details;
  }
}

export interface FieldProblem {
  readonly name: string;
  readonly messages: readonly string[];
}

export function invalidInput(problems: readonly FieldProblem[]): ApiError {
  const first = problems[0];
  const message = first
    ? `invalid input in field '${first.name}': ${first.messages.join(', ')}`
    : 'invalid input';
  return new ApiError('invalid_input', message, { fields: problems });
}

export function notUnique(message: string, field: string): ApiError {
  return new ApiError('uniqueness_error', message, { fields: [{ name: field }] });
}

export function notFound(what: string, id: number | string): ApiError {
  return new ApiError('not_found', `${what} with ID '${id}' not found`);
}
