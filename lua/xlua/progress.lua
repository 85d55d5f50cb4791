--- The progress bar.
local sys = require 'sys'
local ffi = require 'ffi'

ffi.cdef [[
struct th_winsize { unsigned short rows, columns, x, y; };
int ioctl(int fd, unsigned long request, ...);
int isatty(int fd);
]]

local M = {}

local GET_WINDOW_SIZE = ffi.os == 'OSX' and 0x40087468 or 0x5413
local window = ffi.new('struct th_winsize')

--- xlua.columns() -> number: columns of the terminal's window, 80 where there is none.
function M.columns()
   if ffi.C.ioctl(1, GET_WINDOW_SIZE, window) == 0 and window.columns > 0 then return window.columns end
   return 80
end

local units = {{'D', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}, {'ms', 0.001}}

--- xlua.formatTime(seconds) -> string: a time in the largest units that fit: days, hours, minutes, seconds,
-- milliseconds.
--
-- > xlua.formatTime(3661)
-- 1h1m
function M.formatTime(seconds)
   local text, shown = '', 0
   if not (seconds < 1e12) then return '?' end
   seconds = math.floor(seconds * 1000 + 0.5) / 1000
   for _, unit in ipairs(units) do
      local n = math.floor(seconds / unit[2] + 1e-6)
      if n > 0 then
         text = text .. n .. unit[1]
         shown = shown + 1
         seconds = seconds - n * unit[2]
      elseif shown > 0 then
         shown = shown + 1  -- '1h' with no minutes: seconds would be noise
      end
      if shown == 2 then break end
   end
   return text == '' and '0ms' or text
end

local TAIL = 34       -- columns for what is behind the bar
local WIDEST = 120
local INTERVAL = 0.1  -- seconds between redraws

local bar = nil  -- state of the bar being shown

local function start(total)
   local now = sys.clock()
   bar = {total = total, started = now, drawn = -1, tenth = -1, last = 0}
end

local function text_of(current, total, width, note)
   note = note and ' | ' .. note or ''
   local length = math.max(width - TAIL - #note, 10)
   local done = math.floor(current / total * length)
   local marks = done >= length and ('='):rep(length)
      or done > 0 and ('='):rep(done - 1) .. '>' .. ('.'):rep(length - done)
      or ('.'):rep(length)
   local elapsed = sys.clock() - bar.started
   local steps = current - bar.first
   local step = steps > 0 and elapsed / steps or 0
   local tail
   if current >= total then
      tail = ('Tot: %s | Step: %s'):format(M.formatTime(elapsed), M.formatTime(step))
   else
      tail = ('ETA: %s | Step: %s'):format(steps > 0 and M.formatTime((total - current) * step) or '?', M.formatTime(step))
   end
   return (' [%s] '):format(marks), tail .. note
end

local function draw_line(current, total, note)
   local width = math.min(M.columns(), WIDEST)
   local head, tail = text_of(current, total, width, note)
   -- One column stays free: a full line would wrap, and the next redraw would leave it behind.
   local room = width - 1 - #head
   if #tail > room then tail = tail:gsub(' | Step: [^|]*', '') end
   if #tail > room then tail = tail:match('^[^|]*'):sub(1, math.max(room, 0)) end
   io.write('\r', head, (' '):rep(math.max(room - #tail, 0)), tail)
   if current >= total then io.write('\n') end
   io.flush()
end

local LOG_INTERVAL = 10

-- Without a terminal (a log): a line for each tenth of the way, and after ten seconds without one.
local function draw_log(current, total, note, now)
   local tenth = math.floor(current / total * 10)
   if tenth == bar.tenth and now - bar.drawn < LOG_INTERVAL then return end
   bar.tenth, bar.drawn = tenth, now
   local _, tail = text_of(current, total, 80, note)
   io.write((' %3d%%  %d/%d  %s\n'):format(math.floor(current / total * 100), current, total, tail))
   io.flush()
end

local terminal = nil

-- Set by who shows a line that begins with \r in the place of the last one, as notebooks do: in_place = true.

--- xlua.progress(current, total [, note]): shows a bar for `current` of `total` steps, with the time a step takes and
-- the time left. Call it after every step, the last one with current = total.
function M.progress(current, total, note)
   if type(current) ~= 'number' or type(total) ~= 'number' then
      error('xlua.progress: two numbers expected, as in xlua.progress(i, n)', 2)
   end
   if total <= 0 then return end
   if not bar or bar.total ~= total or current < bar.last then
      start(total)
      bar.first = current  -- the clock starts here, with this many steps behind us
   end
   bar.last = current
   if terminal == nil then terminal = ffi.C.isatty(1) ~= 0 end
   local now = sys.clock()
   if not terminal and not M.in_place then
      draw_log(current, total, note, now)
   elseif current >= total or now - bar.drawn >= INTERVAL then
      bar.drawn = now
      draw_line(current, total, note)
   end
   if current >= total then bar = nil end
end

return M
