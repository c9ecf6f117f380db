// Writes the lists of native sources into CMakeLists.txt and binding.gyp from what is on disk.
import { readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { filesBelow } from './stamp.mjs'
import { root } from './tools.mjs'

const sourcesOf = (...folders) =>
  folders
    .flatMap((folder) => filesBelow(join(root, folder), ['.cc']))
    .map((file) => relative(root, file))
    .sort()

const core = sourcesOf('native/util', 'native/io', 'native/log')
const addon = sourcesOf('native/addon')
const tests = sourcesOf('test/native')

function edit(name, replace) {
  const file = join(root, name)
  writeFileSync(file, replace(readFileSync(file, 'utf8')))
}

edit('CMakeLists.txt', (text) => {
  const lists = { CORE: core, ADDON: addon, TEST: tests }
  return Object.entries(lists).reduce(
    (all, [name, list]) =>
      all.replace(
        new RegExp(`set\\(DURAMEN_${name}_SOURCES\\n[^)]*\\)`),
        `set(DURAMEN_${name}_SOURCES\n${list.map((file) => `  ${file}\n`).join('')})`,
      ),
    text,
  )
})

edit('binding.gyp', (text) => {
  const list = [...addon, ...core].map((file) => `        "${file}"`).join(',\n')
  return text.replace(/"sources": \[[^\]]*\]/, `"sources": [\n${list}\n      ]`)
})
