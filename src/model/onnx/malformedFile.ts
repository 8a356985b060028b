/** The bytes are not a well-formed ONNX file. `message` is a localized sentence for the user. */
export class MalformedFile extends Error {
  override readonly name = 'MalformedFile';
}
