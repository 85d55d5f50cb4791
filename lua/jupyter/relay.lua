--- What a thread of the kernel's does while code runs in the main one: answers heartbeats and the control channel, publishes
-- messages, and what comes out of the program's standard output and error streams.
--
-- The main thread talks to it by a pair of sockets: 'publish' and frames; 'parent' and a header, whose cell the output belongs
-- to; 'ran' at the cell's end; 'sync', answered when all output so far has been published; 'quit'. By another pair the main thread is told to shut down.
local ffi = require 'ffi'
local zmq, message = require 'jupyter.zmq', require 'jupyter.message'

pcall(ffi.cdef, [[
long read(int fd, void *buffer, size_t size);
int kill(int pid, int sig);
int getpid(void);
int getppid(void);
int sigemptyset(void *set);
int sigaddset(void *set, int sig);
int pthread_sigmask(int how, const void *set, void *before);
]])
local C = ffi.C

local PAUSE = 20 -- milliseconds between two messages with output: many small writes are one message
local SIGINT, SIG_BLOCK = 2, 0

local Relay = {}
Relay.__index = Relay

function Relay:publish(msg_type, parent, content)
   self.iopub:send(message.pack(self.key, {'kernel.' .. msg_type}, msg_type, parent, content))
end

-- ---- output ----

local SIZE = 65536
local buffer = ffi.new('char[?]', SIZE)

-- What has been read without the bytes of a last character that is not whole; and those.
local function whole(text)
   for k = 1, math.min(3, #text) do
      local c = text:byte(#text - k + 1)
      if c >= 0xC0 then
         local need = c >= 0xF0 and 4 or c >= 0xE0 and 3 or 2
         if need > k then return text:sub(1, -k - 1), text:sub(-k) end
         break
      elseif c < 0x80 then
         break
      end
   end
   return text, ''
end

function Relay:read(stream, all)
   local parts, n = {stream.rest}, 0
   while n < 16 or all do
      local got = tonumber(C.read(stream.fd, buffer, SIZE))
      if got <= 0 then break end
      n = n + 1
      parts[#parts + 1] = ffi.string(buffer, got)
   end
   local text = table.concat(parts)
   if all then stream.rest = '' else text, stream.rest = whole(text) end
   if text ~= '' then self:publish('stream', self.parent, {name = stream.name, text = text}) end
   return n > 0
end

-- ---- the control channel ----

function Relay:shut_down()
   self.events:send{'shutdown'}
   if self.running then C.kill(C.getpid(), SIGINT) end -- ends the cell
end

local control = {}

function control.kernel_info_request(_, reply) reply('kernel_info_reply', message.info()) end

function control.interrupt_request(_, reply)
   C.kill(C.getpid(), SIGINT)
   reply('interrupt_reply', {status = 'ok'})
end

function control.shutdown_request(self, reply, content)
   reply('shutdown_reply', {status = 'ok', restart = content.restart == true})
   self:shut_down()
end

function Relay:on_control(frames)
   local m = message.unpack(self.key, frames)
   local f = m and control[m.type]
   if not f then return end
   self:publish('status', m.header_text, {execution_state = 'busy'})
   f(self, function(msg_type, content) self.control:send(message.pack(self.key, m.identities, msg_type, m.header_text, content)) end, m.content)
   self:publish('status', m.header_text, {execution_state = 'idle'})
end

-- ---- subscriptions ----

-- Who subscribes is told that it has (the message iopub_welcome), so that it need not guess when it may send requests.
function Relay:on_subscription(frames)
   local topic = frames[1]:match('^\1(.*)$')
   if topic then self.iopub:send(message.pack(self.key, {topic}, 'iopub_welcome', {}, {subscription = topic})) end
end

-- ---- the main thread ----

function Relay:on_main(frames)
   local what = table.remove(frames, 1)
   if what == 'publish' then
      self.iopub:send(frames)
   elseif what == 'parent' then
      self.parent, self.running = frames[1], true
   elseif what == 'ran' then
      self.running = false
   elseif what == 'sync' then
      for _, stream in ipairs(self.streams) do self:read(stream, true) end
      self.main:send{'done'}
   else
      self.quitting = true
   end
end

local function each(socket, f)
   local frames = socket:receive()
   while frames do
      f(frames)
      frames = socket:receive()
   end
end

function Relay:step(with_output)
   local list = {self.main, self.heartbeat, self.control, self.iopub}
   if with_output then for _, stream in ipairs(self.streams) do list[#list + 1] = stream.fd end end
   local ready = zmq.poll(list, with_output and 1000 or PAUSE)
   -- what the program printed before a message of its own comes first: it asks for that by 'sync'
   if ready[self.main] then each(self.main, function(frames) self:on_main(frames) end) end
   if ready[self.heartbeat] then each(self.heartbeat, function(frames) self.heartbeat:send(frames) end) end
   if ready[self.control] then each(self.control, function(frames) self:on_control(frames) end) end
   if ready[self.iopub] then each(self.iopub, function(frames) self:on_subscription(frames) end) end
   local read = false
   for _, stream in ipairs(self.streams) do
      if ready[stream.fd] then read = self:read(stream) or read end
   end
   return not read
end

-- An interrupt is the main thread's: taken here it would come to it late, in the next cell.
local function leave_interrupts()
   local set = ffi.new('uint64_t[16]')
   C.sigemptyset(set)
   C.sigaddset(set, SIGINT)
   C.pthread_sigmask(SIG_BLOCK, set, nil)
end

-- Front ends that die leave no kernel behind.
function Relay:is_orphan() return self.watches_parent and C.getppid() ~= self.parent_pid end

--- relay(options): runs until the main thread says 'quit'. options: context, key, addresses, numbers of the pipes.
return function(o)
   leave_interrupts()
   zmq.load()
   local context = zmq.context(o.context)
   local self = setmetatable({key = o.key, parent = '{}', watches_parent = o.watches_parent, parent_pid = C.getppid()}, Relay)
   self.streams = {{name = 'stdout', fd = o.stdout, rest = ''}, {name = 'stderr', fd = o.stderr, rest = ''}}
   for name, kind in pairs{main = 'PAIR', events = 'PAIR', heartbeat = 'REP', control = 'ROUTER', iopub = 'XPUB'} do self[name] = zmq.socket(context, kind) end
   self.main:connect('inproc://main')
   self.events:connect('inproc://events')
   local ok, why = pcall(function()
      self.heartbeat:bind(o.heartbeat)
      self.control:bind(o.control)
      self.iopub:bind(o.iopub)
   end)
   self.main:send{ok and 'ready' or why}
   local with_output = true
   while ok and not self.quitting do
      with_output = self:step(with_output)
      if self:is_orphan() then
         self.watches_parent = false
         self:shut_down()
      end
   end
   for _, name in ipairs{'main', 'events', 'heartbeat', 'control', 'iopub'} do self[name]:close() end
end
