--- Terminal colours: name -> escape sequence. Lower case is normal, upper case bright, a leading
-- underscore the background. All are empty strings where stdout does not show colours.
local ffi = require 'ffi'
ffi.cdef 'int isatty(int fd);'

local order = {'black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'}
local codes = {
   none = '\27[0m', bright = '\27[1m', dim = '\27[2m', underline = '\27[4m',
   blink = '\27[5m', reverse = '\27[7m', hidden = '\27[8m',
}
for i, name in ipairs(order) do
   codes[name] = ('\27[0;%dm'):format(29 + i)
   codes[name:gsub('^%l', string.upper)] = ('\27[1;%dm'):format(29 + i)
   codes['_' .. name] = ('\27[%dm'):format(39 + i)
end

--- Does file descriptor fd show colours? It does if it is a terminal, unless TERM=dumb or
-- NO_COLOR (https://no-color.org) say otherwise.
local function shows(fd)
   return ffi.C.isatty(fd) ~= 0 and os.getenv('TERM') ~= 'dumb' and not os.getenv('NO_COLOR')
end

local M = {}
for name, code in pairs(codes) do M[name] = shows(1) and code or '' end

-- Functions are kept out of the table itself, which callers walk through to list the colours.
return setmetatable(M, {__index = {
   shows = shows,
   isatty = function(fd) return ffi.C.isatty(fd) ~= 0 end,
   codes = codes,
   --- Turns all colours off, for good.
   off = function() for name in pairs(codes) do M[name] = '' end end,
}})
