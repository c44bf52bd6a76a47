/** From JSON Schema to TypeScript: the components that are needed, each as a declaration of its own. */

import type { Schema } from "./document.js";
import { comment, pascal } from "./words.js";

export class Types {
  readonly #components: Record<string, Schema>;
  /** Generic components are written out where they are used; their parts are known again by their shape. */
  readonly #shapes = new Map<string, string>();
  readonly #declarations = new Map<string, string>();

  constructor(components: Record<string, Schema>) {
    this.#components = components;
    for (const [name, schema] of Object.entries(components)) {
      if (schema.properties !== undefined) this.#shapes.set(JSON.stringify(schema), name);
    }
  }

  /** The declarations of all types that were asked for, and of those that they need. */
  declarations(): string {
    const sorted = [...this.#declarations].sort(([one], [other]) => (one < other ? -1 : 1));
    return sorted.map(([, declaration]) => declaration).join("\n");
  }

  /** The type of what the server answers. */
  answer(schema: Schema): string {
    return this.#type(schema, "");
  }

  /** The type of what the server takes: without what only it can say. */
  body(schema: Schema): string {
    const component = this.#component(schema);
    if (component === undefined || !hasReadOnly(this.#named(component))) return this.#type(schema, "");
    this.#declare(component);
    return inputOf(component);
  }

  /** The schema itself, where it only names one. */
  resolve(schema: Schema): Schema {
    return schema.$ref === undefined ? schema : this.#named(nameOf(schema.$ref));
  }

  #component(schema: Schema): string | undefined {
    return schema.$ref === undefined ? this.#shapes.get(JSON.stringify(schema)) : nameOf(schema.$ref);
  }

  #named(name: string): Schema {
    const schema = this.#components[name];
    if (schema === undefined) throw new Error(`the document has no component ${name}`);
    return schema;
  }

  #type(schema: Schema, indentation: string): string {
    const component = this.#component(schema);
    return component === undefined ? this.#inline(schema, indentation) : this.#declare(component);
  }

  /** Writes the declaration of a component, once; gives its name. */
  #declare(component: string): string {
    const name = pascal(component);
    if (this.#declarations.has(name)) return name;
    this.#declarations.set(name, "");
    const schema = this.#named(component);
    const documentation = comment([schema.description]);
    if (!isPlainObject(schema)) {
      this.#declarations.set(name, `${documentation}export type ${name} = ${this.#inline(schema, "")};\n`);
    } else if (!hasReadOnly(schema)) {
      this.#declarations.set(name, `${documentation}export interface ${name} ${this.#object(schema, "")}\n`);
    } else {
      const [own, told] = byReader(schema);
      const input = inputOf(component);
      const extended = `export interface ${name} extends ${input} ${this.#object(told, "")}`;
      const written = `export interface ${input} ${this.#object(own, "")}`;
      this.#declarations.set(name, `${documentation}${extended}\n\n${documentation}${written}\n`);
    }
    return name;
  }

  #inline(schema: Schema, indentation: string): string {
    if (schema.const !== undefined) return JSON.stringify(schema.const);
    if (schema.enum !== undefined) return union(schema.enum.map((value) => JSON.stringify(value)));
    const parts: string[] = [];
    for (const all of schema.allOf ?? []) parts.push(this.#type(all, indentation));
    const choices = schema.oneOf ?? schema.anyOf;
    if (choices !== undefined) parts.push(union(choices.map((choice) => this.#type(choice, indentation))));
    if (schema.properties !== undefined || parts.length === 0) parts.push(this.#simple(schema, indentation));
    return parts.length === 1 ? (parts[0] ?? "unknown") : parts.map(bracketed).join(" & ");
  }

  #simple(schema: Schema, indentation: string): string {
    const kinds = schema.type === undefined ? [] : [schema.type].flat();
    return kinds.length === 0 ? "unknown" : union(kinds.map((kind) => this.#kind(kind, schema, indentation)));
  }

  #kind(kind: string, schema: Schema, indentation: string): string {
    switch (kind) {
      case "null":
      case "string":
      case "boolean":
        return kind;
      case "integer":
      case "number":
        return "number";
      case "array":
        return `${bracketed(this.#type(schema.items ?? {}, indentation))}[]`;
      case "object":
        return this.#object(schema, indentation);
      default:
        throw new Error(`a schema has the type ${kind}, which is none of JSON Schema`);
    }
  }

  #object(schema: Schema, indentation: string): string {
    const properties = Object.entries(schema.properties ?? {});
    const others = schema.additionalProperties;
    if (properties.length === 0) {
      if (others === false) return "Record<string, never>";
      return `Record<string, ${typeof others === "object" ? this.#type(others, indentation) : "unknown"}>`;
    }
    const inner = `${indentation}  `;
    const required = new Set(schema.required ?? []);
    const lines = properties.map(([name, property]) => {
      const mark = `${property.readOnly === true ? "readonly " : ""}${key(name)}${required.has(name) ? "" : "?"}`;
      // Who builds an object often has a field or has not; `undefined` is not sent.
      const type = `${this.#type(property, inner)}${required.has(name) ? "" : " | undefined"}`;
      return `${comment([property.description], inner)}${inner}${mark}: ${type};\n`;
    });
    return `{\n${lines.join("")}${indentation}}`;
  }
}

function nameOf(reference: string): string {
  return reference.replace("#/components/schemas/", "");
}

function inputOf(component: string): string {
  return `${pascal(component)}Input`;
}

function isPlainObject(schema: Schema): boolean {
  const isComposed = [schema.oneOf, schema.anyOf, schema.allOf].some((parts) => parts !== undefined);
  return schema.type === "object" && schema.properties !== undefined && !isComposed;
}

function hasReadOnly(schema: Schema): boolean {
  return Object.values(schema.properties ?? {}).some((property) => property.readOnly === true);
}

/** What whoever writes the object says of it, and what only the server tells, which is always there. */
function byReader(schema: Schema): [Schema, Schema] {
  const properties = Object.entries(schema.properties ?? {});
  const own = Object.fromEntries(properties.filter(([, property]) => property.readOnly !== true));
  const told = Object.fromEntries(properties.filter(([, property]) => property.readOnly === true));
  return [
    { ...schema, properties: own },
    { ...schema, properties: told, required: Object.keys(told) },
  ];
}

function key(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

function union(types: string[]): string {
  return [...new Set(types)].join(" | ");
}

/** A type that can stand before `[]` or between `&`. */
function bracketed(type: string): string {
  return /^[\w"]+$/.test(type) || (type.startsWith("{") && !type.includes("\n} |")) ? type : `(${type})`;
}
