/* Who has ended. MPI does not tell a rank that another one is gone: it waits for it forever. So every rank keeps a
   connection to rank 0, over which nothing is sent until somebody ends: the system closes the connections of a process
   however that ends, and a thread of rank 0, which sleeps until then, tells the others. A machine that is switched off is
   noticed by the system's keep-alive packets. */
#define _GNU_SOURCE
#include "engine.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ADDRESSES = 8, CONNECT_MS = 2000, TOGETHER_MS = 1000, LAST_NEWS_MS = 100, ENDING_S = 3 };

/* Where rank 0 listens, and a number that only ranks of this job know. */
typedef struct Meeting {
  uint64_t token;
  uint32_t address[ADDRESSES];
  uint16_t port;
  uint16_t addresses;
} Meeting;

typedef struct Hello {
  uint64_t token;
  int32_t rank, unused;
} Hello;

typedef struct News { /* from a rank about itself, from rank 0 about any */
  int32_t rank, status;
} News;

static struct {
  const THDistJob *job;
  int size, rank;
  int *ended;          /* by rank; written by the thread, read by all */
  int any, failed;     /* how many have ended, and how many of them not in order */
  int leaving;         /* this process is about to end */
  int *connection;     /* of rank 0: to each rank; else [0] is the one to rank 0; -1: none */
  bool *told;          /* of rank 0: the others know that it has ended */
  int listener, wake[2]; /* a byte in the pipe: SIGTERM has come */
  uint64_t token;
  pthread_t thread;
} watch = {.listener = -1, .wake = {-1, -1}};

static volatile sig_atomic_t terminated, asked; /* SIGTERM has come; the program asks whether it has */

int THDist_ended(int rank) { return watch.ended ? __atomic_load_n(&watch.ended[rank], __ATOMIC_ACQUIRE) : THDIST_HERE; }
bool THDist_anyEnded(void) { return __atomic_load_n(&watch.any, __ATOMIC_ACQUIRE) > 0; }
bool THDist_anyFailed(void) { return __atomic_load_n(&watch.failed, __ATOMIC_ACQUIRE) > 0; }

/* ---- what is known ---- */

/* One line for the whole job: by rank 0, or, of rank 0, by the lowest that is left. */
static void report(int rank, int status)
{
  int first = 0;
  while (first < watch.size - 1 && watch.ended[first] != THDIST_HERE) first++;
  if (watch.rank != first || status == 0) return;
  char text[256], how[64] = "has died";
  const THDistPeer *peer = &watch.job->peers[rank];
  if (status != THDIST_DIED) snprintf(how, sizeof how, "has ended with status %d", status);
  int n = snprintf(text, sizeof text, "dist: rank %d (process %d on %s) %s\n", rank, (int)peer->process, peer->host, how);
  ssize_t written = write(STDERR_FILENO, text, (size_t)n); /* in one piece */
  (void)written;
}

static void note(News news)
{
  if (news.rank < 0 || news.rank >= watch.size || watch.ended[news.rank] != THDIST_HERE) return;
  __atomic_store_n(&watch.ended[news.rank], news.status, __ATOMIC_RELEASE);
  if (news.rank == watch.rank) return;
  report(news.rank, news.status);
  if (news.status != 0) __atomic_fetch_add(&watch.failed, 1, __ATOMIC_RELEASE);
  __atomic_fetch_add(&watch.any, 1, __ATOMIC_RELEASE);
}

static void tell(int connection, News news)
{
  if (connection >= 0) send(connection, &news, sizeof news, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void hang_up(int *connection)
{
  if (*connection >= 0) close(*connection);
  *connection = -1;
}

/* ---- SIGTERM ---- */

/* mpirun sends it when a rank has died, too: the news of that is to be heard first. */
static void on_term(int signal)
{
  (void)signal;
  int before = errno;
  terminated = terminated + 1;
  ssize_t written = write(watch.wake[1], "", 1);
  (void)written;
  errno = before;
}

static void let_term_end(void)
{
  signal(SIGTERM, SIG_DFL);
  kill(getpid(), SIGTERM);
}

static void catch_term(void)
{
  struct sigaction old, act = {.sa_handler = on_term, .sa_flags = SA_RESTART};
  sigaction(SIGTERM, NULL, &old);
  if (old.sa_handler == SIG_DFL) sigaction(SIGTERM, &act, NULL);
}

bool THDist_terminated(void)
{
  THDist_job();
  if (!asked && watch.wake[1] < 0) catch_term();
  asked = 1;
  return terminated > 0;
}

/* ---- the thread ---- */

/* Whether a whole message has come; *over: the connection is closed. */
static bool hear(int connection, void *into, size_t size, bool *over)
{
  ssize_t n = recv(connection, into, size, MSG_DONTWAIT);
  *over = n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
  return n == (ssize_t)size;
}

static void set_options(int connection)
{
  int on = 1, idle = 2, between = 1, count = 3;
  setsockopt(connection, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(connection, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
  setsockopt(connection, IPPROTO_TCP, TCP_KEEPINTVL, &between, sizeof between);
  setsockopt(connection, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
}

/* A stranger, or somebody who does not say at once who it is, is sent away. */
static void receive_guest(void)
{
  int guest = accept4(watch.listener, NULL, NULL, SOCK_CLOEXEC);
  if (guest < 0) return;
  struct timeval patience = {1, 0};
  setsockopt(guest, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  Hello hello;
  if (recv(guest, &hello, sizeof hello, MSG_WAITALL) != sizeof hello || hello.token != watch.token || hello.rank <= 0 ||
      hello.rank >= watch.size || watch.connection[hello.rank] >= 0) {
    close(guest);
    return;
  }
  set_options(guest);
  watch.connection[hello.rank] = guest;
}

static void hear_rank(int rank)
{
  News news;
  bool over;
  if (hear(watch.connection[rank], &news, sizeof news, &over)) note((News){rank, news.status});
  if (!over) return;
  note((News){rank, THDIST_DIED}); /* unless it had said how it ends */
  hang_up(&watch.connection[rank]);
}

/* All others hear of those that ended: at once when it was not in order; else in a while, when it is not the end of
   all. Whether somebody is still to be told of. */
static bool spread(bool all)
{
  bool left = false;
  for (int i = 1; i < watch.size; i++) {
    if (watch.ended[i] == THDIST_HERE || watch.told[i]) continue;
    if (watch.ended[i] == 0 && !all) {
      left = true;
      continue;
    }
    for (int k = 1; k < watch.size; k++)
      if (watch.ended[k] == THDIST_HERE) tell(watch.connection[k], (News){i, watch.ended[i]});
    watch.told[i] = true;
  }
  return left;
}

static int64_t now_ms(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What to listen to; returns how many. */
static nfds_t gather(struct pollfd *fds)
{
  nfds_t n = 0;
  fds[n++] = (struct pollfd){watch.wake[0], POLLIN, 0};
  if (watch.listener >= 0) fds[n++] = (struct pollfd){watch.listener, POLLIN, 0};
  int connections = watch.rank == 0 ? watch.size : 1;
  for (int i = 0; i < connections; i++)
    if (watch.connection[i] >= 0) fds[n++] = (struct pollfd){watch.connection[i], POLLIN, 0};
  return n;
}

static void serve(const struct pollfd *fds, nfds_t n)
{
  for (nfds_t k = 0; k < n; k++) {
    if (!fds[k].revents || fds[k].fd == watch.wake[0]) continue;
    if (fds[k].fd == watch.listener) receive_guest();
    for (int i = 1; i < watch.size; i++)
      if (watch.connection[i] == fds[k].fd) hear_rank(i);
  }
}

static void hear_root(void)
{
  News news;
  bool over;
  while (hear(watch.connection[0], &news, sizeof news, &over)) note(news);
  if (!over) return;
  note((News){0, THDIST_DIED});
  hang_up(&watch.connection[0]);
}

/* Who ends in order waits in MPI for the others: not for one that has died. */
static void give_up_leaving(int64_t *since)
{
  if (!watch.leaving || !THDist_anyFailed()) return;
  if (!*since) *since = now_ms();
  if (now_ms() - *since > 1000 * ENDING_S) _exit(1);
}

static void *run(void *unused)
{
  struct pollfd *fds = calloc((size_t)watch.size + 2, sizeof *fds);
  int64_t told = 0, term = 0, failing = 0;
  bool waiting = false;
  while (fds) {
    nfds_t n = gather(fds);
    poll(fds, n, term ? LAST_NEWS_MS : waiting || watch.leaving ? TOGETHER_MS : -1);
    if (fds[0].revents) {
      char byte;
      ssize_t got = read(watch.wake[0], &byte, 1);
      (void)got;
      if (terminated && !term) term = now_ms();
    }
    if (watch.rank == 0) {
      serve(fds, n);
      if (!waiting) told = now_ms();
      waiting = spread(waiting && now_ms() - told >= TOGETHER_MS);
    } else if (watch.connection[0] >= 0) {
      hear_root();
    }
    give_up_leaving(&failing);
    if (term && (terminated > 1 || (!asked && now_ms() - term >= LAST_NEWS_MS))) let_term_end();
  }
  return unused;
}

/* ---- beginning ---- */

static void list_addresses(Meeting *m)
{
  struct ifaddrs *all = NULL;
  m->address[m->addresses++] = htonl(INADDR_LOOPBACK);
  if (getifaddrs(&all)) return;
  for (struct ifaddrs *a = all; a && m->addresses < ADDRESSES; a = a->ifa_next)
    if (a->ifa_addr && a->ifa_addr->sa_family == AF_INET && !(a->ifa_flags & IFF_LOOPBACK))
      m->address[m->addresses++] = ((struct sockaddr_in *)a->ifa_addr)->sin_addr.s_addr;
  freeifaddrs(all);
}

static uint64_t draw_token(void)
{
  uint64_t token = (uint64_t)now_ms() << 20 ^ (uint64_t)getpid();
  int source = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
  if (source >= 0) {
    ssize_t n = read(source, &token, sizeof token);
    (void)n;
    close(source);
  }
  return token;
}

static void listen_for_others(Meeting *m)
{
  struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
  socklen_t length = sizeof any;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener < 0) return;
  if (bind(listener, (struct sockaddr *)&any, sizeof any) || listen(listener, watch.size) ||
      getsockname(listener, (struct sockaddr *)&any, &length)) {
    close(listener);
    return;
  }
  watch.listener = listener;
  m->token = watch.token = draw_token();
  m->port = any.sin_port;
  list_addresses(m);
}

/* -1: nobody is there, or not in time. */
static int call(uint32_t address, uint16_t port)
{
  struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = port, .sin_addr.s_addr = address};
  int line = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), error = 0;
  socklen_t length = sizeof error;
  if (line < 0) return -1;
  if (connect(line, (struct sockaddr *)&there, sizeof there) && errno == EINPROGRESS) {
    struct pollfd fd = {line, POLLOUT, 0};
    if (poll(&fd, 1, CONNECT_MS) == 1 && !getsockopt(line, SOL_SOCKET, SO_ERROR, &error, &length) && !error) return line;
  }
  close(line);
  return -1;
}

static void call_root(const Meeting *m)
{
  for (int i = 0; i < m->addresses && watch.connection[0] < 0; i++) {
    int line = call(m->address[i], m->port);
    if (line < 0) continue;
    set_options(line);
    Hello hello = {m->token, watch.rank, 0};
    send(line, &hello, sizeof hello, MSG_NOSIGNAL);
    watch.connection[0] = line;
  }
}

static bool start_thread(void)
{
  sigset_t all, old;
  sigfillset(&all);
  if (pipe2(watch.wake, O_CLOEXEC | O_NONBLOCK)) return false;
  pthread_sigmask(SIG_SETMASK, &all, &old);
  bool started = pthread_create(&watch.thread, NULL, run, NULL) == 0;
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  if (started) pthread_detach(watch.thread);
  return started;
}

void THDist_watch(const THDistJob *job)
{
  watch.job = job;
  watch.size = job->all.size;
  watch.rank = job->all.rank;
  if (watch.size == 1) return;
  Meeting m = {.token = 0};
  int *ended = malloc((size_t)watch.size * sizeof *ended);
  watch.connection = malloc((size_t)watch.size * sizeof *watch.connection);
  watch.told = calloc((size_t)watch.size, sizeof *watch.told);
  for (int i = 0; ended && watch.connection && i < watch.size; i++) {
    ended[i] = THDIST_HERE;
    watch.connection[i] = -1;
  }
  if (ended && watch.connection && watch.told && watch.rank == 0) listen_for_others(&m);
  THDist_exchange(job->engine, (THDistWork){THDIST_BROADCAST, THDIST_SUM, TH_BYTE, NULL, NULL, &m, sizeof m, 0, 0});
  if (!ended || !watch.connection || !watch.told) return;
  watch.ended = ended;
  if (watch.rank > 0) call_root(&m);
  if (start_thread()) catch_term();
}

/* ---- the end of this rank ---- */

void THDist_leave(int status)
{
  if (!watch.ended || watch.wake[1] < 0) return;
  News news = {watch.rank, status};
  int connections = watch.rank == 0 ? watch.size : 1;
  for (int i = 0; i < connections; i++) tell(watch.connection[i], news);
  watch.leaving = 1;
  ssize_t written = write(watch.wake[1], "", 1); /* poll with a limit from now on */
  (void)written;
}
