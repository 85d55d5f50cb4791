--- ZeroMQ by libzmq: sockets that send and receive messages of several frames.
local ffi = require 'ffi'

pcall(ffi.cdef, [[
typedef struct { char _[64]; } __attribute__((aligned(8))) jupyter_zmq_msg;
typedef struct { void *socket; int fd; short events, revents; } jupyter_zmq_item;
void *zmq_ctx_new(void);
int zmq_ctx_term(void *context);
void *zmq_socket(void *context, int type);
int zmq_close(void *socket);
int zmq_bind(void *socket, const char *address);
int zmq_connect(void *socket, const char *address);
int zmq_setsockopt(void *socket, int option, const void *value, size_t size);
int zmq_getsockopt(void *socket, int option, void *value, size_t *size);
int zmq_send(void *socket, const void *bytes, size_t size, int flags);
int zmq_msg_init(void *m);
int zmq_msg_recv(void *m, void *socket, int flags);
void *zmq_msg_data(void *m);
size_t zmq_msg_size(const void *m);
int zmq_msg_close(void *m);
int zmq_poll(void *items, int n, long timeout);
int zmq_errno(void);
const char *zmq_strerror(int code);
]])

local M = {}
local C

--- load(): loads libzmq. Raises, with the name of the package, where it is not there.
function M.load()
   for _, name in ipairs{'zmq', 'libzmq.so.5'} do
      local ok, library = pcall(ffi.load, name)
      if ok then
         C = library
         return
      end
   end
   error("libzmq, by which Jupyter talks to its kernels, is not installed: it is in Debian's package libzmq5 (zeromq elsewhere)", 0)
end

local types = {PAIR = 0, REP = 4, ROUTER = 6, XPUB = 9}
local LINGER, RCVMORE, XPUB_VERBOSE, ROUTER_HANDOVER = 17, 13, 40, 56
local DONTWAIT, SNDMORE, POLLIN, EINTR = 1, 2, 1, 4

local function fail(what) error(('%s: %s'):format(what, ffi.string(C.zmq_strerror(C.zmq_errno()))), 0) end

--- context([address]) -> context: a new one, or that of another thread by its address.
function M.context(address)
   if address then return ffi.cast('void *', ffi.cast('uintptr_t', address)) end
   return C.zmq_ctx_new()
end

--- address(context) -> number, to be handed to another thread.
function M.address(context) return tonumber(ffi.cast('uintptr_t', context)) end

--- terminate(context): waits until what was sent has gone, for a second at the most.
function M.terminate(context) C.zmq_ctx_term(context) end

local Socket = {}
Socket.__index = Socket

local one, more_flag, more_size = ffi.new('int[1]', 1), ffi.new('int[1]'), ffi.new('size_t[1]', 4)

--- socket(context, type) -> socket: 'PAIR', 'REP', 'ROUTER' or 'XPUB'.
function M.socket(context, kind)
   local s = C.zmq_socket(context, types[kind])
   if s == nil then fail('a socket') end
   C.zmq_setsockopt(s, LINGER, ffi.new('int[1]', 1000), 4)
   if kind == 'XPUB' then C.zmq_setsockopt(s, XPUB_VERBOSE, one, 4) end
   if kind == 'ROUTER' then C.zmq_setsockopt(s, ROUTER_HANDOVER, one, 4) end
   return setmetatable({handle = s}, Socket)
end

function Socket:bind(address)
   if C.zmq_bind(self.handle, address) ~= 0 then fail('bind to ' .. address) end
end

function Socket:connect(address)
   if C.zmq_connect(self.handle, address) ~= 0 then fail('connect to ' .. address) end
end

function Socket:close() C.zmq_close(self.handle) end

--- socket:send(frames): sends a message; signals do not keep it from being whole.
function Socket:send(frames)
   for i, frame in ipairs(frames) do
      local flags = i < #frames and SNDMORE or 0
      while C.zmq_send(self.handle, frame, #frame, flags) < 0 do
         if C.zmq_errno() ~= EINTR then return false end
      end
   end
   return true
end

local function receive_frame(handle, flags)
   local m = ffi.new('jupyter_zmq_msg')
   C.zmq_msg_init(m)
   while C.zmq_msg_recv(m, handle, flags) < 0 do
      if C.zmq_errno() ~= EINTR then return nil end
   end
   local s = ffi.string(C.zmq_msg_data(m), C.zmq_msg_size(m))
   C.zmq_msg_close(m)
   return s
end

--- socket:receive() -> frames or nil: a message that is there; nil without one.
function Socket:receive()
   local frames = {receive_frame(self.handle, DONTWAIT)}
   if not frames[1] then return nil end
   repeat
      C.zmq_getsockopt(self.handle, RCVMORE, more_flag, more_size)
      local more = more_flag[0] ~= 0
      if more then frames[#frames + 1] = receive_frame(self.handle, 0) end
   until not more
   return frames
end

--- poll(list, timeout) -> set: which of the sockets and numbers of files have something to read, after at most `timeout` milliseconds
-- (-1: no limit); empty also when a signal came.
function M.poll(list, timeout)
   local items = ffi.new('jupyter_zmq_item[?]', #list)
   for i, s in ipairs(list) do
      local item = items[i - 1]
      if type(s) == 'number' then item.fd = s else item.socket = s.handle end
      item.events = POLLIN
   end
   local ready = {}
   if C.zmq_poll(items, #list, timeout) > 0 then
      for i, s in ipairs(list) do if items[i - 1].revents ~= 0 then ready[s] = true end end
   end
   return ready
end

return M
