'use strict'

// A file of its own: import() belongs to the context in which its file was loaded.
exports.load = () => import('./index.js')
