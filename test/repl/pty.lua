--- A terminal for tests: starts a program on a pseudo-terminal, types, and waits for what it shows.
local ffi = require 'ffi'

ffi.cdef [[
int posix_openpt(int flags);
int grantpt(int fd);
int unlockpt(int fd);
char *ptsname(int fd);
int fork(void);
int setsid(void);
int open(const char *path, int flags, ...);
int close(int fd);
int dup2(int from, int to);
long read(int fd, void *buffer, size_t size);
long write(int fd, const void *buffer, size_t size);
int execv(const char *path, char *const argv[]);
int setenv(const char *name, const char *value, int overwrite);
void _exit(int status);
int kill(int pid, int sig);
int waitpid(int pid, int *status, int options);
struct th_pollfd { int fd; short events, revents; };
int poll(struct th_pollfd *fds, unsigned long n, int timeout);
int ioctl(int fd, unsigned long request, ...);
struct th_pty_size { unsigned short rows, columns, x, y; };
]]
local C = ffi.C
local O_RDWR, O_NOCTTY, POLLIN, SIGKILL, WNOHANG, TIOCSWINSZ = 2, 256, 1, 9, 1, 0x5414  -- Linux

local TIMEOUT = 120  -- seconds; generous, as test machines may be busy

local Terminal = {}
Terminal.__index = Terminal

--- Starts program (a path) with a list of arguments; env: variables to set.
local function start(program, arguments, env)
   local master = C.posix_openpt(O_RDWR + O_NOCTTY)
   if master < 0 or C.grantpt(master) ~= 0 or C.unlockpt(master) ~= 0 then
      error('no pseudo-terminal to be had: is /dev/pts mounted?')
   end
   local slave_name = ffi.string(C.ptsname(master))
   C.ioctl(master, TIOCSWINSZ, ffi.new('struct th_pty_size', {rows = 24, columns = 80}))
   -- Everything the child needs is made before the fork, so that it only makes system calls.
   local argv = ffi.new('const char *[?]', #arguments + 2)
   argv[0] = program
   for i, a in ipairs(arguments) do argv[i] = a end
   local pid = C.fork()
   if pid == 0 then
      C.setsid()
      local slave = C.open(slave_name, O_RDWR)  -- becomes the controlling terminal: Ctrl-C works
      for fd = 0, 2 do C.dup2(slave, fd) end
      C.close(master)
      for name, value in pairs(env or {}) do C.setenv(name, value, 1) end
      C.execv(program, ffi.cast('char *const *', argv))
      C._exit(127)
   end
   return setmetatable({master = master, pid = pid, seen = '', all = ''}, Terminal)
end

-- What a human would see: no carriage returns, no control sequences.
local function plain(text)
   return (text:gsub('\27%[[%d;?]*%a', ''):gsub('[\r\7]', ''))
end

-- Reads what there is within a second; false at the end of output.
function Terminal:__pump(milliseconds)
   local poll = ffi.new('struct th_pollfd', {self.master, POLLIN, 0})
   if C.poll(poll, 1, milliseconds) <= 0 then return true end
   local buffer = ffi.new('char[4096]')
   local n = C.read(self.master, buffer, 4096)
   if n <= 0 then return false end
   local text = ffi.string(buffer, n)
   self.seen = self.seen .. text
   self.all = self.all .. text
   return true
end

--- Types text.
function Terminal:type(text)
   C.write(self.master, text, #text)
end

--- Waits until a Lua pattern shows in what came since the last wait; returns that text, or nil
-- when it does not come. What is shown after it is left for the next wait.
function Terminal:wait(pattern)
   local deadline = os.time() + TIMEOUT
   while true do
      local text = plain(self.seen)
      local _, last = text:find(pattern)
      if last then
         self.seen = text:sub(last + 1)
         return text:sub(1, last)
      end
      if os.time() > deadline or not self:__pump(200) then return nil end
   end
end

--- Waits for the end of the program; returns its exit status, or nil if it does not end.
function Terminal:finish()
   local deadline = os.time() + TIMEOUT
   local status = ffi.new('int[1]')
   while os.time() <= deadline do
      self:__pump(50)
      if C.waitpid(self.pid, status, WNOHANG) == self.pid then
         while os.time() <= deadline and self:__pump(200) do end -- what it wrote may come later than its end
         C.close(self.master)
         return bit.rshift(status[0], 8), bit.band(status[0], 127)
      end
   end
   return nil
end

--- Ends the program the hard way.
function Terminal:kill()
   C.kill(self.pid, SIGKILL)
   C.waitpid(self.pid, nil, 0)
end

return {start = start, plain = plain}
