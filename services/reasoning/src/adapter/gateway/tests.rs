use super::*;

/// Each route as `id path -> scheme://host:port (variable)`.
fn read(text: &str) -> Vec<String> {
    let line = |route: Route| {
        let port = route.port.map_or_else(String::new, |port| format!(":{port}"));
        format!("{} {} -> {}://{}{port} ({})", route.id, route.path, route.scheme, route.host, route.variable)
    };
    routes(&[("file".to_owned(), text.to_owned())].into()).into_iter().map(line).collect()
}

#[test]
fn spring_routes_are_read_from_yaml_and_from_properties() {
    let yaml = "server:\n  port: 80\nspring:\n  cloud:\n    gateway:\n      routes:\n        - id: goat\n          uri: lb://${GOAT_HOST:goat-pen}\n          predicates:\n            - Method=GET\n            - Path=/goat/**\n        - id: hen\n          uri: http://hen:81\n          predicates:\n            - name: Path\n              args:\n                pattern: /hen/**\n";
    let expected = ["goat /goat/** -> lb://goat-pen (GOAT_HOST)", "hen /hen/** -> http://hen:81 ()"];
    assert_eq!(read(yaml), expected);
    let properties = "server.port=80\nspring.cloud.gateway.routes[0].id=goat\nspring.cloud.gateway.routes[0].predicates[0]=Path=/goat/**\nspring.cloud.gateway.routes[0].uri=lb://${GOAT_HOST:goat-pen}\nspring.cloud.gateway.routes[1].uri=http://hen:81\nspring.cloud.gateway.routes[1].id=hen\nspring.cloud.gateway.routes[1].predicates[0]=Path=/hen/**\n";
    assert_eq!(read(properties), expected);
}

#[test]
fn nginx_locations_are_read_through_their_upstreams() {
    let text = "upstream pen {\n  server goat:8080;\n}\nserver {\n  listen 80;\n  location /goat/ {\n    proxy_pass http://pen;\n  }\n  location ~ ^/hen/ {\n    proxy_pass http://hen.barn.svc:81/;\n  }\n  location /any { proxy_pass http://$target; }\n}\n";
    assert_eq!(read(text), ["pen /goat/ -> ://goat:8080 ()", " ^/hen/ -> http://hen.barn.svc:81 ()"]);
}

#[test]
fn other_files_have_no_routes() {
    for text in
        ["", "routes: 7\nuri: x", "a: [", "proxy_pass", "spring.cloud.gateway.routes[x].uri=a\nroutes[0]=uri"]
    {
        assert!(read(text).is_empty(), "{text}");
    }
}
