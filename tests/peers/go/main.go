// Holds a signed case and a proof against three programs that share no code with onus: golang.org/x/mod (sumdb/note,
// sumdb/tlog), github.com/transparency-dev/merkle and filippo.io/torchwood.
//
//	peers CASE PROOF SIGNER [COSIGNER]
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"filippo.io/torchwood"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

type hashes map[int64]tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var out []tlog.Hash
	for _, i := range indexes {
		hash, ok := h[i]
		if !ok {
			return nil, fmt.Errorf("no hash %d", i)
		}
		out = append(out, hash)
	}
	return out, nil
}

func main() {
	folder, proofPath, signer := os.Args[1], os.Args[2], os.Args[3]
	verifier, err := note.NewVerifier(signer)
	must(err)
	verifiers := []note.Verifier{verifier}
	policy := torchwood.ThresholdPolicy(2, torchwood.OriginPolicy(verifier.Name()), torchwood.SingleVerifierPolicy(verifier))
	if len(os.Args) > 4 {
		cosigner, err := torchwood.NewCosignatureVerifier(os.Args[4])
		must(err)
		verifiers = append(verifiers, cosigner)
	}
	names, err := filepath.Glob(filepath.Join(folder, "custody", "*.signed"))
	must(err)
	sort.Strings(names)
	stored, size := hashes{}, int64(0)
	var old tlog.Tree
	var last []byte
	for _, name := range names {
		file, err := os.ReadFile(name)
		must(err)
		leaves, checkpoint, _ := bytes.Cut(file, []byte("\n\n"))
		for _, line := range strings.Split(string(leaves), "\n")[1:] {
			leaf := tlog.RecordHash([]byte(line))
			if raw, err := hex.DecodeString(line); err == nil && len(raw) == 32 {
				copy(leaf[:], raw)
			}
			made, err := tlog.StoredHashesForRecordHash(size, leaf, stored)
			must(err)
			for i, hash := range made {
				stored[tlog.StoredHashIndex(0, size)+int64(i)] = hash
			}
			size++
		}
		opened, err := note.Open(checkpoint, note.VerifierList(verifiers...))
		must(err)
		tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + strings.SplitN(opened.Text, "\n", 2)[1]))
		must(err)
		root, err := tlog.TreeHash(tree.N, stored)
		must(err)
		if tree.N != size || root != tree.Hash {
			log.Fatalf("%s: %d leaves with root %v, the checkpoint says %d and %v", name, size, root, tree.N, tree.Hash)
		}
		if old.N > 0 {
			steps, err := tlog.ProveTree(tree.N, old.N, stored)
			must(err)
			must(tlog.CheckTree(steps, tree.N, tree.Hash, old.N, old.Hash))
		}
		old, last = tree, checkpoint
	}
	opened, err := note.Open(last, note.VerifierList(verifiers...))
	must(err)
	if len(opened.Sigs) != len(verifiers) {
		log.Fatalf("%d of %d signatures", len(opened.Sigs), len(verifiers))
	}

	file, err := os.ReadFile(proofPath)
	must(err)
	extra, err := torchwood.ProofExtraData(file)
	must(err)
	leaf, _, _ := strings.Cut(string(extra), "~")
	must(torchwood.VerifyProof(policy, tlog.RecordHash([]byte(leaf)), file))
	head, checkpoint, _ := strings.Cut(string(file), "\n\n")
	proved, err := note.Open([]byte(checkpoint), note.VerifierList(verifiers...))
	must(err)
	tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + strings.SplitN(proved.Text, "\n", 2)[1]))
	must(err)
	lines := strings.Split(head, "\n")[2:]
	var index int64
	_, err = fmt.Sscanf(lines[0], "index %d", &index)
	must(err)
	var steps tlog.RecordProof
	var raw [][]byte
	for _, line := range lines[1:] {
		step, err := base64.StdEncoding.DecodeString(line)
		must(err)
		raw = append(raw, step)
		steps = append(steps, tlog.Hash(step))
	}
	must(tlog.CheckRecord(steps, tree.N, tree.Hash, index, tlog.RecordHash([]byte(leaf))))
	must(proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(index), uint64(tree.N),
		rfc6962.DefaultHasher.HashLeaf([]byte(leaf)), raw, tree.Hash[:]))
	if torchwood.VerifyProof(policy, tlog.RecordHash([]byte(leaf+"x")), file) == nil {
		log.Fatal("another leaf is accepted")
	}

	// How long one proof takes: parsed, signature and path checked, as onus does.
	const rounds = 2000
	start := time.Now()
	for i := 0; i < rounds; i++ {
		must(torchwood.VerifyProof(policy, tlog.RecordHash([]byte(leaf)), file))
	}
	fmt.Printf("%d states, %d leaves, %d signatures; %.1f us a proof\n", len(names), size, len(opened.Sigs),
		float64(time.Since(start).Microseconds())/rounds)
}
