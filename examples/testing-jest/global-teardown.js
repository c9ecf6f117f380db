module.exports = () => globalThis.broker.close()
