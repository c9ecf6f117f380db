import type { ErrorInfo } from '../src/errors.js'

export function errorsDocument(errors: Readonly<Record<string, ErrorInfo>>): string
