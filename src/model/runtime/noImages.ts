/**
 * Stands in for `sharp` in the bundles. transformers.js imports it at load time for image models;
 * this extension runs text models only.
 */
function noImages(): never {
  throw new Error('This extension runs text models only: it has no image library.');
}

export { noImages as default };
