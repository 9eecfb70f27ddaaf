(* Balanced trees, strings, off-heap arrays and marshalling: the byte-code and the native run must print the same. *)
module M = Map.Make (String)

let () =
  let state = ref 42 in
  let next n = state := (!state * 1103515245 + 12345) land 0x3fffffff; !state mod n in
  let m = ref M.empty in
  for _ = 1 to 60000 do
    let key = String.concat "-" (List.init (1 + next 4) (fun _ -> string_of_int (next 500))) in
    m := if next 3 = 0 then M.remove key !m else M.add key (String.make (next 200) 'x') !m
  done;
  Printf.printf "map %d %d\n" (M.cardinal !m) (M.fold (fun _ v n -> n + String.length v) !m 0);
  let copy : string M.t = Marshal.from_string (Marshal.to_string !m []) 0 in
  Printf.printf "marshal %b %s\n" (M.equal ( = ) copy !m) (Digest.to_hex (Digest.string (Marshal.to_string copy [])));
  let total = ref 0 in
  for i = 1 to 2000 do
    let a = Bigarray.Array1.create Bigarray.int Bigarray.c_layout (1 + next 5000) in
    Bigarray.Array1.fill a i;
    total := !total + a.{0} + Bigarray.Array1.dim a
  done;
  Gc.compact ();
  Printf.printf "bigarray %d\n" !total;
  let b = Buffer.create 16 in
  for i = 1 to 200000 do Buffer.add_string b (string_of_int i) done;
  Printf.printf "buffer %s\n" (Digest.to_hex (Digest.string (Buffer.contents b)))
