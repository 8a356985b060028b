// Where JavaScript has this array the runtime's library puts halves into it, but its native part (1.30) reads none of them
// from there. Without it the bits of halves are in a Uint16Array, as in older versions of Node.js. transformers.js looks
// for it once, while it is loaded: so this is imported before that.
Reflect.deleteProperty(globalThis, 'Float16Array');
