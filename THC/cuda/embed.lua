-- embed.lua OUT FILE...: files as entries {name, text} of a C++ list (THCFuseNvrtc.cpp), under the names they are included by.
local out = assert(io.open(arg[1], 'w'))
for i = 2, #arg do
   local file = assert(io.open(arg[i]))
   out:write(('{"%s", R"header(%s)header"},\n'):format(arg[i]:match('loops/[^/]*$') or arg[i]:match('[^/]*$'), file:read('*a')))
   file:close()
end
out:close()
