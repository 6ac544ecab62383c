/** The bundler puts the text of a shader where it is imported. */
declare module "*.wgsl" {
  const text: string;
  export default text;
}
