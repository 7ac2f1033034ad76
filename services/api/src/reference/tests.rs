use super::page;
use serde_json::json;

#[test]
fn an_operation_is_told_with_who_may_call_it_what_it_takes_and_what_it_answers() {
    let document = json!({
        "info": { "version": "1.0", "description": "about" },
        "tags": [{ "name": "notes", "description": "Keeps notes." }],
        "paths": { "/api/notes/v1/notes": { "post": {
            "tags": ["notes"],
            "operationId": "notes_add",
            "summary": "Adds a <note> with `text`.",
            "x-roles": ["operator"],
            "parameters": [{ "$ref": "#/components/parameters/limit" }],
            "requestBody": { "content": { "application/json": {
                "schema": { "$ref": "#/components/schemas/Note" },
                "example": { "text": "a word" },
            } } },
            "responses": { "409": { "description": "full", "content": {
                "application/problem+json": { "schema": { "$ref": "#/components/schemas/Note" } },
            } } },
        } } },
        "components": {
            "parameters": { "limit": {
                "name": "limit", "in": "query", "required": true,
                "schema": { "type": "integer", "minimum": 1, "maximum": 9 },
            } },
            "schemas": { "Note": { "type": "object", "required": ["text"], "properties": {
                "text": { "type": ["string", "null"], "description": "what it says" },
            } } },
        },
    });
    insta::assert_snapshot!(page::render(&document).into_string().replace("><", ">\n<"));
}

#[test]
fn an_empty_document_makes_an_empty_page() {
    assert!(page::render(&json!({})).into_string().contains("API reference"));
}
