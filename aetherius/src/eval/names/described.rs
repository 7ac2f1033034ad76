//! Names in the text of `kubectl describe`.

use super::Names;

pub(super) fn read(text: &str, names: &mut Names) {
    // The heading whose indented lines are names: containers and volumes.
    let mut heading = "";
    let mut labels = false;
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        let words = line.trim();
        let (key, value) = words.split_once(':').map_or(("", words), |(key, value)| (key, value.trim()));
        if indent == 0 {
            heading = key;
            // Labels and selectors go on below, without a key of their own.
            labels = matches!(key, "Labels" | "Selector" | "Pod Template" | "Node-Selectors");
        }
        match key {
            "Name" | "Namespace" | "Node" | "Service Account" | "ClaimName" | "SecretName" | "Volume"
            | "StorageClass" | "StorageClassName" | "Used By" | "Claim" | "Mountable secrets"
            | "Image pull secrets" => {
                // `name/address`, `namespace/name`: both halves are names, or no name at all.
                value.split(['/', ',']).for_each(|name| names.object(name));
            }
            "Controlled By" => names.reference(value),
            "Image" | "Image ID" => names.image(value),
            "Labels" | "Selector" => names.labels(value),
            _ if indent == 2
                && value.is_empty()
                && matches!(heading, "Containers" | "Init Containers" | "Volumes") =>
            {
                names.object(key);
            }
            _ if labels && words.contains('=') => names.labels(words),
            _ => {}
        }
    }
}
