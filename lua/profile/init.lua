--- profile(f, ...) -> report: runs f(...) and tells where its time went: by operation of tensors and by module of nn.
--
--    local profile = require 'profile'
--    local report = profile(function() for i = 1, 10 do train_step() end end)
--    print(report)                     -- tables, the longest first
--    report:trace('step.json')         -- for chrome://tracing, Perfetto and the like
--
-- Operations (x:add(y), torch.mm(...)) count where a script or a criterion calls them; what runs inside a module of
-- nn counts as that module's. Bytes are those of the tensors that go in and come out, once each, so that work in
-- place counts half; the rate is beside that of a copy on this machine. Times of modules include the modules in them;
-- `own` is the rest. While f runs every call costs about a microsecond more; results of f are dropped, its errors
-- raised when everything is as it was. GPUs work on after a call returns: synchronize inside f to see their time.
require 'torch'
local M = {}
local C = require 'libtorch'
local torch = torch

-- ---- recording ----

-- What is only a look at a tensor, or is none of its operations.
local left_out = {}
for name in ([[DiskFile Generator MemoryFile PipeFile Storage Tensor Timer apply cdata checkNaN chunk class cpuinfo data deserialize dim elementSize expand
   expandAs factory failallocation free getRNGState getdefaulttensortype getmetatable getnumcores getnumthreads initialSeed isContiguous isSameSizeAs isSetTo
   isSize isStorage isTensor isTypeOf isatty load manualSeed map map2 memorystats nDimension nElement narrow new numel permute pointer releasememory
   resize resizeAs retain save seed select serialize set setRNGState setdefaulttensortype setheaptracking setmetatable setnumthreads size split squeeze
   storage storageOffset stride t tic toc totable transpose type typeAs typename unfold version view viewAs]]):gmatch('%S+') do
   left_out[name] = true
end

local record -- of the run that goes on

local clock, isTensor = torch.tic, torch.isTensor

-- Bytes of the tensors among the values, each object once.
local function bytes_of(...)
   local n, count = 0, select('#', ...)
   for i = 1, count do
      local x = (select(i, ...))
      if type(x) == 'userdata' and isTensor(x) then
         local again = false
         for k = 1, i - 1 do again = again or rawequal(x, (select(k, ...))) end
         if not again then n = n + x:nElement() * x:elementSize() end
      end
   end
   return n
end

local function add(list, name, seconds, own, bytes)
   local row = list[name]
   if not row then
      row = {name = name, count = 0, seconds = 0, own = 0, bytes = 0}
      list[name] = row
   end
   row.count, row.seconds, row.own, row.bytes = row.count + 1, row.seconds + seconds, row.own + own, row.bytes + bytes
end

local MOST = 1000000 -- events of a trace
local function event(name, kind, from, to)
   local events = record.events
   if #events < MOST then events[#events + 1] = {name, kind, from - record.from, to - from} end
end

local function failed(r, ok, ...)
   if ok then return ... end
   r.inside = false
   error((...), 0)
end

local function operation(name, f)
   return function(...)
      local r = record
      if not r or r.inside or #r.stack > 0 then return f(...) end
      r.inside = true
      local into, first, from = bytes_of(...), (...), clock()
      local function done(...)
         local to = clock()
         r.inside = false
         local out = rawequal(first, (...)) and 0 or bytes_of(...)
         add(r.operations, name, to - from, to - from, into + out)
         event(name, 'operation', from, to)
         return ...
      end
      return done(failed(r, pcall(f, ...)))
   end
end

-- ---- modules ----

local passes = {updateOutput = 'forward', updateGradInput = 'gradInput', accGradParameters = 'gradParameters', backward = 'backward'}

local function label(module)
   local name = torch.typename(module)
   if module.modules then return name end
   local ok, text = pcall(tostring, module)
   return ok and #text < 60 and not text:find('\n') and text or name
end

local function method(name, f)
   return function(self, ...)
      local r = record
      local top = r and r.stack[#r.stack]
      if not r or (top and top.module == self and (top.method == name or name ~= 'backward' and top.method ~= 'backward')) then return f(self, ...) end
      local frame = {module = self, method = name, inner = 0}
      r.stack[#r.stack + 1] = frame
      local from = clock()
      local function done(ok, ...)
         local seconds = clock() - from
         while #r.stack > 0 and table.remove(r.stack) ~= frame do end
         local outer = r.stack[#r.stack]
         if outer then outer.inner = outer.inner + seconds end
         local what = label(self) .. ' ' .. passes[name]
         add(r.modules, what, seconds, seconds - frame.inner, 0)
         event(what, 'module', from, from + seconds)
         if not ok then error((...), 0) end
         return ...
      end
      return done(pcall(f, self, ...))
   end
end

-- ---- putting wrappers in place, and taking them away ----

local wrapped = require('torch.wrapping').new(method)

local signs = {__add = '+', __sub = '-', __mul = '*', __div = '/', __mod = '%', __pow = '^', __unm = '-'}

local function start()
   local names = {}
   for name in pairs(require('torch.ops').all()) do names[name] = name end
   for name, sign in pairs(signs) do names[name] = sign end
   for name, shown in pairs(names) do
      if not left_out[name] then
         if type(rawget(torch, name)) == 'function' and not name:find('[.]') then wrapped:replace(torch, name, operation(shown, torch[name])) end
         for _, t in ipairs(C.types) do
            for _, class in ipairs{t.name, t.gpu} do
               local mt = torch.getmetatable('torch.' .. class .. 'Tensor')
               local f = mt and rawget(mt, name)
               if type(f) == 'function' then wrapped:replace(mt, name, operation(shown, f)) end
            end
         end
      end
   end
   wrapped:enter(function(object) -- each is looked at once
      local known = record == nil or record.known[object]
      if record then record.known[object] = true end
      return not known
   end)
end

local function stop() wrapped:restore() end

-- ---- the report ----

local Report = {}
Report.__index = Report

local function sorted(list)
   local rows = {}
   for _, row in pairs(list) do rows[#rows + 1] = row end
   table.sort(rows, function(a, b)
      if a.seconds ~= b.seconds then return a.seconds > b.seconds end
      return a.name < b.name
   end)
   return rows
end

-- Bytes a second of a copy that is larger than the caches: read and written.
local function copy_rate()
   local x = torch.FloatTensor(2 ^ 23):zero()
   local y, best = x:clone(), math.huge
   for _ = 1, 3 do
      local t = clock()
      y:copy(x)
      local seconds = clock() - t
      if seconds < best then best = seconds end
   end
   return 2 * 4 * 2 ^ 23 / best
end

local function time_text(s) return s >= 1 and ('%.2f s'):format(s) or s >= 1e-3 and ('%.2f ms'):format(s * 1e3) or ('%.1f us'):format(s * 1e6) end

local function table_text(lines)
   local widths, text = {}, {}
   for _, line in ipairs(lines) do
      for k, cell in ipairs(line) do widths[k] = math.max(widths[k] or 0, #cell) end
   end
   for i, line in ipairs(lines) do
      local cells = {}
      for k, cell in ipairs(line) do cells[k] = k == 1 and cell .. (' '):rep(widths[k] - #cell) or (' '):rep(widths[k] - #cell) .. cell end
      text[i] = table.concat(cells, '  ')
   end
   return table.concat(text, '\n')
end

local SHOWN = 20
local function operations_text(self)
   local lines = {{'operation', 'calls', 'time', 'a call', 'GB/s', 'of a copy'}}
   for k = 1, math.min(SHOWN, #self.operations) do
      local row = self.operations[k]
      local rate = row.bytes / row.seconds
      lines[#lines + 1] = {row.name, tostring(row.count), time_text(row.seconds), time_text(row.seconds / row.count), ('%.2f'):format(rate / 1e9),
         ('%.0f %%'):format(100 * rate / self.limit)}
   end
   return table_text(lines)
end

local function modules_text(self)
   local lines = {{'module', 'calls', 'time', 'own', 'a call'}}
   for k = 1, math.min(SHOWN, #self.modules) do
      local row = self.modules[k]
      lines[#lines + 1] = {row.name, tostring(row.count), time_text(row.seconds), time_text(row.own), time_text(row.seconds / row.count)}
   end
   return table_text(lines)
end

function Report:__tostring()
   local parts = {('%s in all; a copy moves %.1f GB/s'):format(time_text(self.seconds), self.limit / 1e9)}
   if #self.operations > 0 then parts[#parts + 1] = operations_text(self) end
   if #self.modules > 0 then parts[#parts + 1] = modules_text(self) end
   return table.concat(parts, '\n\n')
end

local function json_string(s)
   return '"' .. s:gsub('[%c"\\]', function(c) return ('\\u%04x'):format(c:byte()) end) .. '"'
end

-- report:trace(file): writes every call as JSON in the format of Chrome's traces.
function Report:trace(file)
   local f, why = io.open(file, 'w')
   if not f then error(C.where() .. 'profile: trace: ' .. why, 0) end
   f:write('{"displayTimeUnit": "ms", "traceEvents": [')
   for k, e in ipairs(self.events) do
      f:write(k > 1 and ',' or '', ('\n{"name": %s, "cat": "%s", "ph": "X", "ts": %.3f, "dur": %.3f, "pid": 1, "tid": 1}')
         :format(json_string(e[1]), e[2], e[3] * 1e6, e[4] * 1e6))
   end
   f:write('\n]}\n')
   f:close()
end

--- profile.run(f, ...) -> report: runs f(...) and tells where its time went; profile(f, ...) is the same.
--
-- report.seconds; report.operations and report.modules, lists of {name=, count=, seconds=, own=, bytes=}; report.limit, bytes a second of a
-- copy; report.events, lists of name, kind, begin, duration; report:trace(file) writes these for chrome://tracing. Errors: those of f; a profile
-- within another.
function M.run(f, ...)
   if type(f) ~= 'function' then require('torch.arguments').error('profile', 1, 'f', 'function expected, got %s', torch.type(f)) end
   if record then error(C.where() .. 'profile: a profile is being made already', 0) end
   local limit = copy_rate()
   start()
   local r = {operations = {}, modules = {}, events = {}, stack = {}, known = {}, from = clock()}
   record = r
   local ok, why = pcall(f, ...)
   local seconds = clock() - r.from
   record = nil
   stop()
   if not ok then error(why, 0) end
   return setmetatable({seconds = seconds, operations = sorted(r.operations), modules = sorted(r.modules), limit = limit, events = r.events}, Report)
end

return setmetatable(M, {__call = function(_, ...) return M.run(...) end})
