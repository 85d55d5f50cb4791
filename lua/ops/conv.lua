-- Convolution (kernel flipped) and cross-correlation of planes and volumes, valid or full.

for _, nd in ipairs{2, 3} do
   local plane, small = nd == 2 and "plane" or "volume", nd == 2 and "2, 2" or "2, 2, 2"
   for _, row in ipairs{{"conv", "Convolution", "r[y] = sum_q t[y-q] k[q]"}, {"xcorr", "Cross-correlation", "r[y] = sum_q t[y+q] k[q]"}} do
      local name = row[1] .. nd
      op(name) {
         doc = row[2] .. " of " .. plane .. "s: of one with one, of each with its own kernel, or of all with every " ..
            "kernel of a bank; 'V' where the kernel fits in, 'F' wherever it touches.",
         math = row[3], types = MATH, devices = BOTH, method = "same", c = name,
         {out"r", tensor"t", tensor"k", option{"vf", "VF", default="V"}},
         grad = {t = ('conv_back_t(%q, g, t, k, vf)'):format(name), k = ('conv_back_k(%q, g, t, k, vf)'):format(name)},
         example = "torch." .. name .. "(torch.ones(" .. small .. "), torch.ones(" .. small .. "), 'F')",
      }
   end
end
