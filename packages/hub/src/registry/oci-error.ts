/** Error codes of the OCI Distribution Specification 1.1, § Error Codes, with the HTTP status each goes out with. */
const statuses = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 416,
  BLOB_UPLOAD_UNKNOWN: 404,
  DIGEST_INVALID: 400,
  MANIFEST_BLOB_UNKNOWN: 404,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  SIZE_INVALID: 413,
  UNAUTHORIZED: 401,
  DENIED: 403,
  UNSUPPORTED: 405,
  TOOMANYREQUESTS: 429,
} as const;

export type OciErrorCode = keyof typeof statuses;

/** A refusal in the registry's own terms; the message says what to do about it. */
export class OciError extends Error {
  readonly code: OciErrorCode;
  readonly status: number;

  constructor(code: OciErrorCode, message: string, options?: ErrorOptions & { status?: number }) {
    super(message, options);
    this.name = 'OciError';
    this.code = code;
    this.status = options?.status ?? statuses[code];
  }

  /** The body that the specification wants. */
  toJSON(): { errors: { code: string; message: string }[] } {
    return { errors: [{ code: this.code, message: this.message }] };
  }
}
