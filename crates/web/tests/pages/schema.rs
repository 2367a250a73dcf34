//! Whether a value is of a shape, as far as our description uses JSON Schema. A keyword that is not known here fails.

use serde_json::Value;

/// What is wrong with a value; nothing when it fits.
pub(crate) fn wrong(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    look(document, schema, value, "$", &mut found);
    found
}

fn look(document: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let Some(keywords) = schema.as_object() else {
        found.push(format!("{at}: {schema} is no schema"));
        return;
    };
    for (keyword, told) in keywords {
        match keyword.as_str() {
            "$ref" => {
                let path = told.as_str().unwrap().strip_prefix('#').unwrap();
                match document.pointer(path) {
                    Some(schema) => look(document, schema, value, at, found),
                    None => found.push(format!("{at}: {path} is not described")),
                }
            }
            "oneOf" => {
                let fitting = told
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter(|schema| wrong(document, schema, value).is_empty());
                if fitting.count() != 1 {
                    found.push(format!("{at}: {value} fits not one of {told}"));
                }
            }
            "type" => {
                let fits = match told {
                    Value::Array(types) => types.iter().any(|it| is_of(value, it)),
                    one => is_of(value, one),
                };
                if !fits {
                    found.push(format!("{at}: {value} is no {told}"));
                }
            }
            "required" => {
                for name in told.as_array().unwrap() {
                    if value.is_object() && value.get(name.as_str().unwrap()).is_none() {
                        found.push(format!("{at}: {name} is missing"));
                    }
                }
            }
            "properties" => {
                let Some(object) = value.as_object() else {
                    continue;
                };
                for (name, value) in object {
                    match told.get(name) {
                        Some(schema) => {
                            look(document, schema, value, &format!("{at}.{name}"), found);
                        }
                        // More than described is as wrong as less.
                        None => found.push(format!("{at}: {name} is not described")),
                    }
                }
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    look(document, told, item, &format!("{at}[{index}]"), found);
                }
            }
            "minimum" => {
                if value.as_f64().is_some_and(|it| it < told.as_f64().unwrap()) {
                    found.push(format!("{at}: {value} is less than {told}"));
                }
            }
            "maximum" => {
                if value.as_f64().is_some_and(|it| it > told.as_f64().unwrap()) {
                    found.push(format!("{at}: {value} is more than {told}"));
                }
            }
            "format" => {
                let text = value.as_str();
                let fits = match (told.as_str().unwrap(), text) {
                    ("date", Some(text)) => text.parse::<jiff::civil::Date>().is_ok(),
                    ("date-time", Some(text)) => text.parse::<jiff::Timestamp>().is_ok(),
                    _ => true,
                };
                if !fits {
                    found.push(format!("{at}: {value} is no {told}"));
                }
            }
            // They say something to people, or of what is sent.
            "description"
            | "title"
            | "example"
            | "pattern"
            | "minLength"
            | "maxLength"
            | "additionalProperties" => {}
            other => found.push(format!("{at}: the keyword {other} is not known here")),
        }
    }
}

fn is_of(value: &Value, name: &Value) -> bool {
    match name.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        other => panic!("{other} is no type"),
    }
}
