--- The kernel: takes requests of a front end, runs code, and answers. What goes on beside running code is in jupyter.relay.
local ffi = require 'ffi'
local zmq, message, json, cell = require 'jupyter.zmq', require 'jupyter.message', require 'jupyter.json', require 'jupyter.cell'
local display = require 'jupyter.display'
local printer = require 'trepl.printer'

pcall(ffi.cdef, 'int pipe(int fds[2]); int dup(int fd); int dup2(int from, int to); int fcntl(int fd, int command, ...);')
pcall(ffi.cdef, 'int setenv(const char *name, const char *value, int overwrite);')
local C = ffi.C

local ok_signal, signal = pcall(require, 'th.signal')

local M = {}

local key                                 -- of the signatures
local relay, events, shell, stdin         -- sockets
local request                             -- the one that is being answered
local count, history = 0, {}
local leaving = false

-- ---- sending ----

local function publish(msg_type, content)
   local frames = message.pack(key, {'kernel.' .. msg_type}, msg_type, request and request.header_text, content)
   table.insert(frames, 1, 'publish')
   relay:send(frames)
end

local function reply(msg_type, content)
   shell:send(message.pack(key, request.identities, msg_type, request.header_text, content))
end

-- What the program printed so far comes before what is published next.
local function sync()
   io.stdout:flush()
   io.stderr:flush()
   relay:send{'sync'}
   while not relay:receive() do zmq.poll({relay}, 1000) end
end

display.publish = function(msg_type, content)
   sync()
   publish(msg_type, content)
end

-- ---- input ----

local raw_read = io.read

-- A line that the user of the front end types.
local function ask(prompt, password)
   if not request or not request.content.allow_stdin then error('io.read: this front end takes no input', 3) end
   sync()
   while stdin:receive() do end -- answers to earlier questions
   stdin:send(message.pack(key, request.identities, 'input_request', request.header_text, {prompt = prompt or '', password = password == true}))
   while true do
      local frames = zmq.poll({stdin}, 500)[stdin] and stdin:receive()
      local m = frames and message.unpack(key, frames)
      if m and m.type == 'input_reply' then return m.content.value end
   end
end

--- input([prompt, password]) -> line: asks the user of the notebook for a line of text; password: without showing it.
M.input = function(prompt, password) return ask(prompt, password) end

-- io.read, which has no terminal to read from, asks as well.
local function read(format, ...)
   if io.input() ~= io.stdin then return raw_read(format, ...) end
   local line = ask('')
   if format == '*n' or format == 'n' then return tonumber(line) end
   return line .. ((format == '*L' or format == '*a') and '\n' or '')
end

-- ---- running code ----

local function run_shell(command)
   io.stdout:flush()
   os.execute(command)
end

-- Lines for the notebook alone: ?name, $command. Returns a function, or nil.
local function special(code)
   local name = code:match('^%s*%?%s*([^\n]-)%s*%??%s*$')
   if name then return function() require('trepl.help').help(name ~= '' and name or nil) end end
   local command = code:match('^%s*%$%s*(.+)$')
   if command then return function() run_shell(command) end end
end

local function show_results(silent, n, ...)
   if silent or n == 0 or (n == 1 and (...) == nil) then return end
   _RESULT = {...}
   _RESULTS[#_RESULTS + 1] = (...)
   _LAST = (...)
   local data
   if n == 1 then
      data = display.bundle((...))
   else
      local texts = {}
      for i = 1, n do texts[i] = display.text((select(i, ...))) end
      data = {['text/plain'] = table.concat(texts, '\t')}
   end
   sync()
   publish('execute_result', {execution_count = count, data = data, metadata = {}})
end

local function handler(err)
   return {text = require('trepl.traceback').handler(err, true, 3), message = require('trepl.traceback').message(err)}
end

-- While code runs, SIGINT is an error in it; at other times it is noted and forgotten.
local function interruptible(on) if ok_signal then signal.onInterrupt(not on or nil) end end

local function call(f, silent)
   local results = {n = 0}
   local function collect(...) results = {n = select('#', ...), ...} end
   return xpcall(function()
      interruptible(true)
      f(collect)
      show_results(silent, results.n, unpack(results, 1, results.n))
      interruptible(false)
   end, handler)
end

-- Runs a cell. Returns nothing, or the error as messages have it.
local function run(code, silent)
   local f = special(code)
   local kind, what
   if not f then
      kind, what = cell.compile(code)
      if kind ~= 'values' and kind ~= 'chunk' then
         local text = 'syntax error: ' .. what:gsub('^th:', 'line ')
         return {ename = 'SyntaxError', evalue = text, traceback = json.list{'\27[1;31m' .. text .. '\27[0m'}}
      end
      f, silent = what, silent or kind ~= 'values' -- `x;` hands its value on, too
   end
   local ok, err = call(f, silent)
   interruptible(false)
   if ok then return nil end
   local interrupted = err.message:find('interrupted!', 1, true)
   local lines = json.list()
   for line in (err.text .. '\n'):gmatch('([^\n]*)\n') do lines[#lines + 1] = line end
   return {ename = interrupted and 'KeyboardInterrupt' or 'Error', evalue = err.message, traceback = lines}
end

-- ---- requests ----

local requests = {}

function requests.kernel_info_request() reply('kernel_info_reply', message.info()) end

-- What waits to be answered now.
local function queued()
   local list, frames = {}, shell:receive()
   while frames do
      list[#list + 1] = message.unpack(key, frames)
      frames = shell:receive()
   end
   return list
end

-- After an error cells that waited for this one are not run.
local function abort(list)
   local current = request
   for _, m in ipairs(list) do
      request = m
      if m.type == 'execute_request' then
         publish('status', {execution_state = 'busy'})
         reply('execute_reply', {status = 'aborted', execution_count = count})
         publish('status', {execution_state = 'idle'})
      else
         M.waiting[#M.waiting + 1] = m
      end
   end
   request = current
end

function requests.execute_request(content)
   local code, silent = content.code, content.silent == true
   if not silent then
      if content.store_history ~= false then
         count = count + 1
         history[#history + 1] = code
      end
      publish('execute_input', {code = code, execution_count = count})
   end
   relay:send{'parent', request.header_text}
   local err = run(code, silent)
   relay:send{'ran'}
   sync()
   if not err then
      return reply('execute_reply', {status = 'ok', execution_count = count, payload = json.list(), user_expressions = {}})
   end
   publish('error', err)
   err.status, err.execution_count = 'error', count
   local others = content.stop_on_error ~= false and queued() or {} -- not those that are sent when the error is known
   reply('execute_reply', err)
   abort(others)
end

function requests.complete_request(content)
   local matches, start, stop = cell.complete(content.code, content.cursor_pos)
   reply('complete_reply', {status = 'ok', matches = json.list(matches), cursor_start = start, cursor_end = stop, metadata = {}})
end

function requests.inspect_request(content)
   local name = cell.name_at(content.code, content.cursor_pos)
   local ok, text = pcall(require('trepl.help').find, name or '')
   local found = name and ok and text ~= nil
   reply('inspect_reply', {status = 'ok', found = found, data = found and {['text/plain'] = text} or {}, metadata = {}})
end

function requests.is_complete_request(content)
   local status, indent = cell.is_complete(content.code)
   reply('is_complete_reply', {status = status, indent = status == 'incomplete' and indent or nil})
end

-- A pattern of the shell, * and ?, as one of Lua's.
local function matches(pattern, line)
   local p = pattern:gsub('[%^%$%(%)%%%.%[%]%+%-]', '%%%0'):gsub('%*', '.*'):gsub('%?', '.')
   return line:find('^' .. p .. '$') ~= nil
end

function requests.history_request(content)
   local list, from, to = json.list(), 1, #history
   local ranged, seen = content.hist_access_type == 'range', {}
   if ranged then from, to = math.max(1, tonumber(content.start) or 1), math.min(to, (tonumber(content.stop) or to + 1) - 1) end
   local most = not ranged and tonumber(content.n) or math.huge
   for i = to, from, -1 do -- the last ones
      local line = history[i]
      local wanted = content.hist_access_type ~= 'search' or matches(content.pattern or '*', line) and not (content.unique == true and seen[line])
      seen[line] = true
      if wanted and #list < most then table.insert(list, 1, json.list{0, i, content.output and json.list{line, json.null} or line}) end
   end
   reply('history_reply', {status = 'ok', history = list})
end

-- Comms are for widgets, of which there are none here.
function requests.comm_info_request() reply('comm_info_reply', {status = 'ok', comms = {}}) end
function requests.comm_open(content) publish('comm_close', {comm_id = content.comm_id, data = {}}) end
function requests.comm_msg() end
function requests.comm_close() end

function requests.shutdown_request(content)
   reply('shutdown_reply', {status = 'ok', restart = content.restart == true})
   leaving = true
end

local function answer(m)
   request = m
   publish('status', {execution_state = 'busy'})
   local f = requests[m.type]
   if f then
      local ok, why = pcall(f, m.content)
      if not ok then
         io.stderr:write('th: ', tostring(why), '\n')
         reply(m.type:gsub('_request$', '_reply'), {status = 'error', ename = 'Error', evalue = tostring(why), traceback = json.list()})
      end
   end
   publish('status', {execution_state = 'idle'})
   request = nil
end

local function serve()
   M.waiting = {}
   while not leaving do
      local m = table.remove(M.waiting, 1)
      if m then
         answer(m)
      else
         local ready = zmq.poll({shell, events}, 1000)
         if ok_signal then signal.interrupted(true) end -- there is nothing to interrupt
         if ready[events] and events:receive() then leaving = true end
         local frames = not leaving and ready[shell] and shell:receive()
         m = frames and message.unpack(key, frames)
         if m then answer(m) end
      end
   end
end

-- ---- start and end ----

local F_SETFL, O_NONBLOCK = 4, 2048

-- What is written to a standard stream goes into a pipe. Returns the end to read from.
local function redirect(fd)
   local ends = ffi.new('int[2]')
   if C.pipe(ends) ~= 0 then error('th: no pipe', 0) end
   C.dup2(ends[1], fd)
   C.fcntl(ends[0], F_SETFL, ffi.cast('int', O_NONBLOCK))
   return ends[0]
end

local function read_connection(path)
   local f, why = io.open(path)
   if not f then error('th --kernel: ' .. why, 0) end
   local text = f:read('*a')
   f:close()
   local ok, c = pcall(json.decode, text)
   if not ok or type(c) ~= 'table' or not c.shell_port then error(('th --kernel: %s is no connection file of Jupyter'):format(path), 0) end
   if c.signature_scheme ~= 'hmac-sha256' and c.key ~= '' then error('th --kernel: signatures by ' .. tostring(c.signature_scheme) .. ' are not known', 0) end
   return c
end

local function address(c, name)
   return c.transport == 'ipc' and ('ipc://%s-%d'):format(c.ip, c[name .. '_port']) or ('%s://%s:%d'):format(c.transport, c.ip, c[name .. '_port'])
end

-- The thread with the relay.
local function start_relay(c, context)
   relay, events = zmq.socket(context, 'PAIR'), zmq.socket(context, 'PAIR')
   relay:bind('inproc://main')
   events:bind('inproc://events')
   io.stdout:setvbuf('full', 8192)
   local code = ('require "jupyter.relay"{context = %d, key = %q, heartbeat = %q, control = %q, iopub = %q, stdout = %d, stderr = %d, watches_parent = %s}')
      :format(zmq.address(context), key, address(c, 'hb'), address(c, 'control'), address(c, 'iopub'), redirect(1), redirect(2), tostring(os.getenv('JPY_PARENT_PID') ~= nil))
   local thread = require('threads').Thread(code)
   zmq.poll({relay}, 10000)
   local said = (relay:receive() or {'no thread'})[1]
   if said ~= 'ready' then error('th --kernel: ' .. said, 0) end
   return thread
end

-- Output shows while a cell runs, not when a buffer is full.
local function prepare_session()
   io.stdout:setvbuf('line')
   io.read = read
   print, print_new = printer.print, printer.print
   _RESULTS, _LAST = {}, ''
   display.active = true
   require('xlua.progress').in_place = true
   require('xlua.who').mark_system()
   if torch.setheaptracking then torch.setheaptracking(true) end
end

--- serve(file): answers the front end that a connection file names until it says to shut down.
function M.serve(path)
   zmq.load()
   local c = read_connection(path)
   key = c.key or ''
   local context = zmq.context()
   shell, stdin = zmq.socket(context, 'ROUTER'), zmq.socket(context, 'ROUTER')
   shell:bind(address(c, 'shell'))
   stdin:bind(address(c, 'stdin'))
   local kept = C.dup(2)
   interruptible(false)
   local thread = start_relay(c, context)
   prepare_session()
   publish('status', {execution_state = 'starting'})
   local ok, why = pcall(serve)
   if ok then pcall(sync) end
   relay:send{'quit'}
   C.dup2(kept, 2)
   thread:free()
   for _, s in ipairs{shell, stdin, relay, events} do s:close() end
   zmq.terminate(context)
   if not ok then error(why, 0) end
end

return M
