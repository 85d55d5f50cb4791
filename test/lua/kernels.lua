--- The rows of nn's kernels (nn/ops), by name: lists of arguments {kind =, name =, optional =, type =}.
local top = (debug.getinfo(1, 'S').source:match('^@(.*/)') or './') .. '../../'
package.path = top .. 'kit/gen/?.lua;' .. package.path
local files, rows = {}, {}
for path in io.popen('ls "' .. top .. '"nn/ops/*.lua'):lines() do files[#files + 1] = path end
for _, row in ipairs(require('optable').load(files)) do rows[row.name] = row[1] end
return rows
