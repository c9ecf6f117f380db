import type { Blob } from '../wire/index.js'

// How the messages of Kafka's protocol are described: each field once, with the versions that have
// it. What a field becomes in a program is in its type: `Decoded` has all fields, those that a version
// lacks with their defaults; `Encodable` may leave out what has a default.

/** In what versions there is a field, and what else is known of it. */
export interface FieldOptions<T = unknown> {
  /** First version that has it. Default: all have. */
  readonly since?: number
  /** Last version that has it. Default: the latest. */
  readonly until?: number
  /** First version in which it may be null. Default: it may not. */
  readonly nullableSince?: number
  /** What it is where a message lacks it. Default: 0, '', false, or nothing in it. */
  readonly default?: T
  /** It is written among the tagged fields, and left out where it is the default. */
  readonly tag?: number
}

export type Scalar =
  | 'bool'
  | 'int8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'float64'
  | 'string'
  | 'uuid'
  | 'bytes'
  | 'records'

export type Shape =
  | { readonly scalar: Scalar }
  | { readonly items: Shape }
  | { readonly fields: Fields }

/** A field that decodes to `Out` and encodes from `In`, or from nothing where it is `Optional`. */
export interface Field<Out = unknown, In = Out, Optional extends boolean = boolean> {
  readonly shape: Shape
  readonly options: FieldOptions
  /** Only in the type system. */
  readonly types?: (value: In) => [Out, Optional]
}

/** Of a structure, in the order in which they are written. */
// biome-ignore lint/suspicious/noExplicitAny: fields of any type
export type Fields = { readonly [name: string]: Field<any, any> }

export type Decoded<F extends Fields> = {
  readonly [N in keyof F]: F[N] extends Field<infer Out, infer _In> ? Out : never
}

type InputOf<F> = F extends Field<infer _Out, infer In> ? In : never

type OptionalNames<F extends Fields> = {
  [N in keyof F]: F[N] extends Field<infer _Out, infer _In, infer O>
    ? true extends O
      ? N
      : never
    : never
}[keyof F]

export type Encodable<F extends Fields> = {
  readonly [N in Exclude<keyof F, OptionalNames<F>>]: InputOf<F[N]>
} & { readonly [N in OptionalNames<F>]?: InputOf<F[N]> }

type OrNull<T, O> = O extends { nullableSince: number } ? T | null : T

/** What not every message has may be left out of those that are encoded. */
type IsOptional<O> = O extends
  | { since: number }
  | { until: number }
  | { default: unknown }
  | { tag: number }
  ? true
  : false

type FieldOf<Out, In, O> = Field<OrNull<Out, O>, OrNull<In, O>, IsOptional<O>>

function scalar<Out, In = Out>(name: Scalar) {
  return <const O extends FieldOptions<Out | null> = Record<never, never>>(
    options?: O,
  ): FieldOf<Out, In, O> => ({ shape: { scalar: name }, options: options ?? {} })
}

export const bool = scalar<boolean>('bool')
export const int8 = scalar<number>('int8')
export const int16 = scalar<number>('int16')
export const uint16 = scalar<number>('uint16')
export const int32 = scalar<number>('int32')
export const uint32 = scalar<number>('uint32')
/** What is beyond 2^53 is not exact when it is decoded, and refused when it is encoded. */
export const int64 = scalar<number>('int64')
export const float64 = scalar<number>('float64')
export const string = scalar<string>('string')
/** 22 characters, as Kafka writes ids. */
export const uuid = scalar<string>('uuid')
/** Decodes to a view of the message. */
export const bytes = scalar<Buffer, Uint8Array>('bytes')
/** Record batches; encoded from a Buffer or a view of a log, which is not copied. */
export const records = scalar<Buffer, Buffer | Blob>('records')

export function array<Out, In, const O extends FieldOptions<null> = Record<never, never>>(
  item: Field<Out, In>,
  options?: O,
): FieldOf<readonly Out[], readonly In[], O> {
  return { shape: { items: item.shape }, options: options ?? {} }
}

/** One structure within another. */
export function struct<F extends Fields, const O extends FieldOptions<null> = Record<never, never>>(
  fields: F,
  options?: O,
): FieldOf<Decoded<F>, Encodable<F>, O> {
  return { shape: { fields }, options: options ?? {} }
}

/** Many structures: an array of them. */
export function structs<
  F extends Fields,
  const O extends FieldOptions<null> = Record<never, never>,
>(fields: F, options?: O): FieldOf<readonly Decoded<F>[], readonly Encodable<F>[], O> {
  return array(struct(fields), options)
}
