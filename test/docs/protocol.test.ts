import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { protocolDocument } from '../../scripts/protocol-doc.mjs'
import { handlers } from '../../src/broker/handlers/index.js'
import { apis } from '../../src/protocol/index.js'

// Where this fails, run: npm run docs:protocol
test('docs/protocol.md is what the schemas and the handlers say', () => {
  const served = new Map([...handlers].map(([key, { versions }]) => [key, versions]))
  const text = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8')
  expect(text).toBe(protocolDocument(Object.values(apis), served))
})
