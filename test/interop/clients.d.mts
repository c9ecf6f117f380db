export const clients: readonly { readonly name: string }[]
