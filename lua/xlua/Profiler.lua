--- xlua.Profiler: named stop-watches.
--
--    p = xlua.Profiler('cpu')
--    p:start('load'); ...; p:lap('load'); p:printAll()
local sys = require 'sys'
local Profiler = {}
Profiler.__index = Profiler

--- xlua.Profiler([mode='off'][, verbose]): 'off' measures nothing, anything else real and CPU time.
local function new(mode, verbose)
   return setmetatable({mode = mode or 'off', verbose = verbose, watches = {}, order = {}}, Profiler)
end

--- Starts a watch. 'fps': print as rounds a second.
function Profiler:start(name, fps)
   if self.mode == 'off' then return end
   local watch = self.watches[name]
   if not watch then
      watch = {}
      self.watches[name] = watch
      self.order[#self.order + 1] = name
   end
   watch.fps = fps == 'fps'
   watch.real0, watch.cpu0 = sys.clock(), os.clock()
   watch.real, watch.cpu = nil, nil
end

--- Colour, by name, of a watch in print.
function Profiler:setColor(name, color)
   if self.watches[name] then self.watches[name].color = color end
end

--- Seconds of real time, of a running watch so far; div: divided by that many rounds.
function Profiler:real(name, div)
   local watch = self.watches[name]
   if not watch then return 0 end
   return (watch.real or sys.clock() - watch.real0) / (div or 1)
end

--- Seconds of CPU time.
function Profiler:cpu(name, div)
   local watch = self.watches[name]
   if not watch then return 0 end
   return (watch.cpu or os.clock() - watch.cpu0) / (div or 1)
end

--- Stops a watch; returns its real and CPU time.
function Profiler:lap(name, div)
   local watch = self.watches[name]
   if not watch then return 0, 0 end
   watch.real, watch.cpu = self:real(name, div), self:cpu(name, div)
   if self.verbose then self:print(name) end
   return watch.real, watch.cpu
end

--- Text of one watch.
function Profiler:format(name)
   local watch = self.watches[name]
   if not watch then return '$ ' .. name .. ': not started' end
   local real, cpu = self:real(name), self:cpu(name)
   if watch.fps then return ('$ %s: %.2f fps'):format(name, 1 / real) end
   return ('$ %s: real %.4fs, cpu %.4fs'):format(name, real, cpu)
end

function Profiler:print(name)
   local color = self.watches[name] and sys.colors[self.watches[name].color or 'none'] or ''
   io.write(color, self:format(name), sys.colors.none, '\n')
end

--- Text of all watches, in the order they were started.
function Profiler:formatAll()
   local lines = {'$ profiler report:'}
   for _, name in ipairs(self.order) do lines[#lines + 1] = self:format(name) end
   return table.concat(lines, '\n')
end

function Profiler:printAll()
   io.write(self:formatAll(), '\n')
end

--- Paints the report through a painter with methods moveto and show (qt).
function Profiler:displayAll(args)
   local painter, y = args.painter, args.y or 15
   for line in self:formatAll():gmatch('[^\n]+') do
      painter:moveto(args.x or 5, y)
      painter:show(line)
      y = y + (args.font or 15)
   end
end

return new
