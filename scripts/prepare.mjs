// Brings the addon and dist/ up to date. npm runs this after `npm ci`, and before it packs.
import { buildAddon } from './build-addon.mjs'
import { compile } from './compile.mjs'

buildAddon()
compile()
