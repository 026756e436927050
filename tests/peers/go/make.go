package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/torchwood"
	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const origin = "go.example/case"

type keys struct {
	signer    note.Signer
	cosigner  *torchwood.CosignatureSigner
	forger    note.Signer // has the signer's name, and another key
	verifiers string
}

func makeKeys() keys {
	private, public, err := note.GenerateKey(rand.Reader, origin)
	must(err)
	signer, err := note.NewSigner(private)
	must(err)
	private, _, err = note.GenerateKey(rand.Reader, origin)
	must(err)
	forger, err := note.NewSigner(private)
	must(err)
	_, secret, err := ed25519.GenerateKey(rand.Reader)
	must(err)
	cosigner, err := torchwood.NewCosignatureSigner("witness.example", secret)
	must(err)
	return keys{signer, cosigner, forger, public + "\n" + cosigner.Verifier().String() + "\n"}
}

func signTree(size int64, root tlog.Hash, signers ...note.Signer) []byte {
	text := torchwood.Checkpoint{Origin: origin, Tree: tlog.Tree{N: size, Hash: root}}.String()
	signed, err := note.Sign(&note.Note{Text: text}, signers...)
	must(err)
	return signed
}

// signFolder signs the files of a case in two states: all but the last, and that.
func signFolder(folder, output string, k keys) {
	var leaves []string
	must(filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		file, err := os.ReadFile(path)
		must(err)
		name, err := filepath.Rel(folder, path)
		must(err)
		digest := sha256.Sum256(file)
		line, err := json.Marshal(map[string]any{"kind": "file", "path": name, "bytes": len(file), "sha256": hex.EncodeToString(digest[:])})
		must(err)
		leaves = append(leaves, string(line))
		return nil
	}))
	must(os.Mkdir(filepath.Join(folder, "custody"), 0o777))
	must(os.WriteFile(filepath.Join(folder, "custody", "keys"), []byte(k.verifiers), 0o666))
	stored := hashes{}
	first := len(leaves) - 1
	for i, part := range [][]string{leaves[:first], leaves[first:]} {
		start := int64(i * first)
		for j, line := range part {
			stored.add(start+int64(j), tlog.RecordHash([]byte(line)))
		}
		size := start + int64(len(part))
		root, err := tlog.TreeHash(size, stored)
		must(err)
		checkpoint := signTree(size, root, k.signer, k.cosigner)
		file := "onus-leaves 1\n" + strings.Join(part, "\n") + "\n\n" + string(checkpoint)
		must(os.WriteFile(filepath.Join(folder, "custody", fmt.Sprintf("%012d.signed", size)), []byte(file), 0o666))
		must(os.WriteFile(filepath.Join(output, fmt.Sprintf("kept-%d", i)), checkpoint, 0o666))
		root[0] ^= 1
		must(os.WriteFile(filepath.Join(output, fmt.Sprintf("forked-%d", i)), signTree(size, root, k.signer), 0o666))
	}
}

// proofs writes a good proof for every leaf of a tree of so many, made by tlog and compared with merkle's, and bad ones.
func proofs(size int64, output string, k keys) {
	stored := hashes{}
	nodes := map[compact.NodeID][]byte{}
	whole := (&compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}).NewEmptyRange(0)
	keep := func(id compact.NodeID, hash []byte) { nodes[id] = hash }
	disclosed := func(i int64) []byte { return []byte(fmt.Sprintf("leaf %d of %d~attachment", i, size)) }
	for i := int64(0); i < size; i++ {
		leaf, _, _ := strings.Cut(string(disclosed(i)), "~")
		hash := tlog.RecordHash([]byte(leaf))
		stored.add(i, hash)
		keep(compact.NewNodeID(0, uint64(i)), hash[:])
		must(whole.Append(hash[:], keep))
	}
	root, err := whole.GetRootHash(nil)
	must(err)
	checkpoint := signTree(size, tlog.Hash(root), k.signer, k.cosigner)
	forged := signTree(size, tlog.Hash(root), k.forger)
	larger := signTree(size*2, tlog.Hash(root), k.signer)
	for i := int64(0); i < size; i++ {
		steps, err := tlog.ProveRecord(size, i, stored)
		must(err)
		wanted, err := proof.Inclusion(uint64(i), uint64(size))
		must(err)
		var raw [][]byte
		for _, id := range wanted.IDs {
			raw = append(raw, nodes[id])
		}
		raw, err = wanted.Rehash(raw, rfc6962.DefaultHasher.HashChildren)
		must(err)
		for s := range steps {
			if string(raw[s]) != string(steps[s][:]) {
				log.Fatal("tlog and merkle disagree")
			}
		}
		put := func(kind string, index int64, extra []byte, steps tlog.RecordProof, checkpoint []byte) {
			name := filepath.Join(output, fmt.Sprintf("%s-%d-%d", kind, size, i))
			must(os.WriteFile(name, torchwood.FormatProofWithExtraData(index, extra, steps, checkpoint), 0o666))
		}
		put("good", i, disclosed(i), steps, checkpoint)
		put("bad-leaf", i, disclosed(i+1), steps, checkpoint)
		put("bad-index", i+1, disclosed(i), steps, checkpoint)
		put("bad-long", i, disclosed(i), append(steps[:len(steps):len(steps)], tlog.Hash{}), checkpoint)
		put("bad-key", i, disclosed(i), steps, forged)
		put("bad-size", i, disclosed(i), steps, larger)
		if size > 1 {
			put("bad-short", i, disclosed(i), steps[:len(steps)-1], checkpoint)
		}
	}
}

func makeCase(folder, output string) {
	k := makeKeys()
	must(os.WriteFile(filepath.Join(output, "keys"), []byte(k.verifiers), 0o666))
	signFolder(folder, output, k)
	for size := int64(1); size <= 20; size++ {
		proofs(size, output, k)
	}
	proofs(100, output, k)
}
