/* What there is to buy: one small program without anything beside it. cc -static -O2 -o catalog catalog.c */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *ITEMS = "{\"items\":[{\"name\":\"tea\",\"cents\":250},{\"name\":\"cake\",\"cents\":380}]}";
static const char *WRONG = "{\"items\":[]}";

static void say(int user, const char *status, const char *body) {
    char head[200];
    int length = snprintf(head, sizeof head,
        "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n", status, strlen(body));
    if (write(user, head, length) < 0 || write(user, body, strlen(body)) < 0) return;
}

static void answer(int user, const char *mode) {
    char asked[4096];
    ssize_t length = read(user, asked, sizeof asked - 1);
    if (length <= 0) return;
    asked[length] = 0;
    if (!strncmp(asked, "GET /items", 10)) say(user, "200 OK", strcmp(mode, "wrong") ? ITEMS : WRONG);
    else if (!strncmp(asked, "GET /readyz", 11) || !strncmp(asked, "GET /livez", 10)) say(user, "200 OK", "{}");
    else say(user, "404 Not Found", "{}");
}

int main(void) {
    const char *mode = getenv("MODE") ? getenv("MODE") : "good", *port = getenv("PORT"), *host = getenv("HOST");
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons(port ? atoi(port) : 18082)};
    int door = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    if (!strcmp(mode, "crash")) return 3;
    inet_pton(AF_INET, host && strcmp(host, "0.0.0.0") ? host : "0.0.0.0", &place.sin_addr);
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(door, (struct sockaddr *)&place, sizeof place) || listen(door, 128)) return 4;
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int user = accept(door, 0, 0);
        if (user < 0) continue;
        if (fork() == 0) { answer(user, mode); shutdown(user, SHUT_WR); close(user); _exit(0); }
        close(user);
    }
}
